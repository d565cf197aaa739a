//! Making the filter of breached passwords from a Pwned-Passwords file: lines of `SHA1HEX:count`, in any order.
//!
//! Keys are first spread over 256 files beside the filter (8 bytes a password), then each becomes 16 shards. So memory
//! stays at a few times the largest of them (some 30 MB for 10^9 passwords), whatever the order of the lines. The old
//! filter stays in use until the new one is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufWriter, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use xorf::BinaryFuse16;

use super::breached::{Breached, ENTRY_BYTES, HEAD_BYTES, LISTED_MAX, MAGIC, SHARDS, Shard, VERSION, shard_of};

const BUCKETS: usize = 256;
const SHARDS_A_BUCKET: usize = SHARDS / BUCKETS;
/// A line is 40 hex digits, a colon and a count; nothing that is longer is read.
const LINE_BYTES_MAX: u64 = 256;
/// Lines between two reports.
const REPORT_EVERY: u64 = 1_000_000;

/// What was made.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Imported {
    /// Lines that were read.
    pub lines: u64,
    /// Passwords in the filter.
    pub passwords: u64,
    /// Its size.
    pub bytes: u64,
}

/// Why no filter was made.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(&'static str, #[source] io::Error),
    /// A line is not `SHA1HEX:count`.
    #[error("line {0}: is not `SHA1HEX:count` (40 hex digits, a colon, a number)")]
    Line(u64),
    /// There was nothing in it.
    #[error("the file holds no password that was seen at least {0} times")]
    Empty(u64),
    /// The keys do not become a filter.
    #[error("a shard could not be built")]
    Build,
}

/// Reads the lines and puts the filter in its place in the data folder. Passwords that were seen less often than
/// `seen_min` are left out.
///
/// # Errors
/// When a line is broken or a file cannot be written; the old filter stays.
pub fn import(
    lines: impl BufRead,
    data: &Path,
    seen_min: u64,
    mut report: impl FnMut(u64),
) -> Result<Imported, ImportError> {
    let mut spool = Spool::create(data)?;
    let read = spread(lines, &mut spool, seen_min, &mut report)?;
    let target = Breached::place(data);
    let new = target.with_extension("new");
    let (passwords, bytes) = build(&mut spool, &new)?;
    if passwords == 0 {
        let _ = std::fs::remove_file(&new);
        return Err(ImportError::Empty(seen_min));
    }
    std::fs::rename(&new, &target).map_err(|error| ImportError::Io("the filter cannot be put in its place", error))?;
    Ok(Imported { lines: read, passwords, bytes })
}

fn spread(
    mut lines: impl BufRead,
    spool: &mut Spool,
    seen_min: u64,
    report: &mut impl FnMut(u64),
) -> Result<u64, ImportError> {
    let mut count = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut lines)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .map_err(|error| ImportError::Io("the file cannot be read", error))?;
        if length == 0 {
            return Ok(count);
        }
        count += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let (key, seen) = parse(text).ok_or(ImportError::Line(count))?;
        if seen >= seen_min {
            spool.add(key)?;
        }
        if count.is_multiple_of(REPORT_EVERY) {
            report(count);
        }
    }
}

fn parse(line: &[u8]) -> Option<(u64, u64)> {
    let (hash, rest) = line.split_at_checked(40)?;
    let hash = std::str::from_utf8(hash).ok().filter(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let seen = std::str::from_utf8(rest).ok()?.strip_prefix(':')?.parse().ok()?;
    Some((u64::from_str_radix(&hash[..16], 16).ok()?, seen))
}

/// Writes head, table and shards, and says how many keys and bytes there are.
fn build(spool: &mut Spool, path: &Path) -> Result<(u64, u64), ImportError> {
    let failed = |error| ImportError::Io("the filter cannot be written", error);
    let _ = std::fs::remove_file(path);
    let mut file = private(path).map_err(failed)?;
    let mut offset = (HEAD_BYTES + SHARDS * ENTRY_BYTES) as u64;
    file.write_all(&vec![0; HEAD_BYTES + SHARDS * ENTRY_BYTES]).map_err(failed)?;
    let mut table = Vec::with_capacity(SHARDS * ENTRY_BYTES);
    let mut count = 0;
    for bucket in 0..BUCKETS {
        let keys = spool.take(bucket)?;
        count += keys.len() as u64;
        let mut rest = keys.as_slice();
        for shard in bucket * SHARDS_A_BUCKET..(bucket + 1) * SHARDS_A_BUCKET {
            let (own, others) = rest.split_at(rest.partition_point(|key| shard_of(*key) <= shard));
            rest = others;
            let (descriptor, bytes) = encode(own)?;
            file.write_all(&bytes).map_err(failed)?;
            let length = u32::try_from(bytes.len()).map_err(|_| ImportError::Build)?;
            Shard { offset, bytes: length, descriptor }.write(&mut table);
            offset += bytes.len() as u64;
        }
    }
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    let mut head = Vec::with_capacity(HEAD_BYTES + table.len());
    head.extend_from_slice(MAGIC);
    head.extend_from_slice(&VERSION.to_le_bytes());
    head.extend_from_slice(&count.to_le_bytes());
    head.append(&mut table);
    std::os::unix::fs::FileExt::write_all_at(&file, &head, 0).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok((count, offset))
}

/// A filter, or the keys themselves.
fn encode(keys: &[u64]) -> Result<(Option<xorf::Descriptor>, Vec<u8>), ImportError> {
    if keys.len() <= LISTED_MAX {
        return Ok((None, keys.iter().flat_map(|key| key.to_le_bytes()).collect()));
    }
    let filter = BinaryFuse16::try_from(keys).map_err(|_| ImportError::Build)?;
    let bytes = filter.fingerprints.iter().flat_map(|print| print.to_le_bytes()).collect();
    Ok((Some(filter.descriptor), bytes))
}

/// Files that hold the keys while the filter is made. They go with it.
struct Spool {
    folder: PathBuf,
    buckets: Vec<BufWriter<File>>,
}

impl Spool {
    fn create(data: &Path) -> Result<Self, ImportError> {
        let failed = |error| ImportError::Io("a folder for the import cannot be made", error);
        let folder = data.join(format!("breached.{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut spool = Self { folder, buckets: Vec::with_capacity(BUCKETS) };
        for bucket in 0..BUCKETS {
            spool.buckets.push(private(&spool.file(bucket)).map_err(failed)?);
        }
        Ok(spool)
    }

    fn file(&self, bucket: usize) -> PathBuf {
        self.folder.join(format!("{bucket:02x}"))
    }

    fn add(&mut self, key: u64) -> Result<(), ImportError> {
        let written = self.buckets[(key >> 56) as usize].write_all(&key.to_le_bytes());
        written.map_err(|error| ImportError::Io("the keys cannot be kept", error))
    }

    /// The keys of a bucket, sorted, none of them twice.
    fn take(&mut self, bucket: usize) -> Result<Vec<u64>, ImportError> {
        let failed = |error| ImportError::Io("the keys cannot be read again", error);
        self.buckets[bucket].flush().map_err(failed)?;
        let bytes = std::fs::read(self.file(bucket)).map_err(failed)?;
        std::fs::remove_file(self.file(bucket)).map_err(failed)?;
        let number = |chunk: &[u8]| chunk.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte));
        let mut keys: Vec<u64> = bytes.chunks_exact(8).map(number).collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // What is left behind is named after this process and removed by the next one of its number.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn private(path: &Path) -> io::Result<BufWriter<File>> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(BufWriter::new)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

    use super::*;

    fn line(password: &str, seen: u64) -> String {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        format!("{hex}:{seen}\r\n")
    }

    #[test]
    fn every_password_is_found_again_and_hardly_another() {
        let data = tempfile::tempdir().unwrap();
        // Enough that most shards are filters and not lists.
        let text: String = (0..600_000).map(|number| line(&format!("breached {number}"), 1)).collect();
        let text = text + &line("breached 1", 7);
        let made = import(text.as_bytes(), data.path(), 1, |_| ()).unwrap();
        assert_eq!((made.lines, made.passwords), (600_001, 600_000));
        let breached = Breached::open(data.path()).unwrap().unwrap();
        assert!((0..600_000).step_by(7).all(|number| breached.contains(&format!("breached {number}"))));
        let false_alarms = (0..20_000).filter(|number| breached.contains(&format!("another {number}"))).count();
        assert!(false_alarms <= 8, "{false_alarms} of 20,000, where 0.3 are to be expected");
        assert!(std::fs::read_dir(data.path()).unwrap().count() == 1, "nothing is left behind");
    }

    #[test]
    fn a_broken_line_is_named_and_the_old_filter_stays() {
        let data = tempfile::tempdir().unwrap();
        import(line("old", 1).as_bytes(), data.path(), 1, |_| ()).unwrap();
        let text = line("new", 1) + "not a hash\n";
        let error = import(text.as_bytes(), data.path(), 1, |_| ()).unwrap_err();
        assert!(matches!(error, ImportError::Line(2)), "{error}");
        let breached = Breached::open(data.path()).unwrap().unwrap();
        assert!(breached.contains("old") && !breached.contains("new"));
    }

    #[test]
    fn rare_ones_can_be_left_out() {
        let data = tempfile::tempdir().unwrap();
        let text = line("often", 100) + &line("once", 1);
        import(text.as_bytes(), data.path(), 10, |_| ()).unwrap();
        let breached = Breached::open(data.path()).unwrap().unwrap();
        assert!(breached.contains("often") && !breached.contains("once"));
        assert!(matches!(import(text.as_bytes(), data.path(), 1_000, |_| ()), Err(ImportError::Empty(1_000))));
    }

    #[test]
    fn a_cut_or_changed_filter_is_not_opened() {
        let data = tempfile::tempdir().unwrap();
        import(line("old", 1).as_bytes(), data.path(), 1, |_| ()).unwrap();
        let path = Breached::place(data.path());
        let whole = std::fs::read(&path).unwrap();
        for broken in [&whole[..whole.len() - 1], &whole[..100], b"something else"] {
            std::fs::write(&path, broken).unwrap();
            assert!(Breached::open(data.path()).is_err());
        }
    }
}
