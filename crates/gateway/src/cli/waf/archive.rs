//! Rule sets as they are published: tar archives, plain or packed with gzip.
//!
//! An archive is a stranger's. Only files that rules are made of are written, under the names they have, below a folder that
//! was empty before.
//!
//! Invariants: nothing is written outside of that folder; no link, device or pipe is made; what an archive unpacks to is
//! bounded, also in the parts that are not kept; an archive that was cut short is an error.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::infra::network::waf::load::FILE_BYTES_MAX;

/// Bytes that an archive may unpack to. The Core Rule Set with its tests has 10 MiB.
const BYTES_MAX: u64 = 128 << 20;
/// Entries that an archive may have. The Core Rule Set with its tests has 1,000.
const ENTRIES_MAX: usize = 20_000;
/// Folders that may lie in each other.
const DEPTH_MAX: usize = 16;
/// A tar archive is made of blocks; one of zeros is its end.
const BLOCK: u64 = 512;

/// Unpacks the rule and data files of an archive, and finds the folder of the rule set among them.
///
/// # Errors
/// When the archive cannot be read to its end, holds what no rule set does, or is too large.
pub(super) fn unpack(archive: &Path, into: &Path) -> anyhow::Result<PathBuf> {
    let file = File::open(archive).with_context(|| format!("{} cannot be read", archive.display()))?;
    let named = || format!("{} is not taken", archive.display());
    write_files(BufReader::new(file), into).with_context(named)?;
    top(into).with_context(named)
}

fn write_files(file: BufReader<File>, into: &Path) -> anyhow::Result<()> {
    let mut archive = Archive::new(Counted { inner: unpacked(file)?, read: 0 });
    let mut end = 0;
    for (index, entry) in archive.entries()?.enumerate() {
        let mut entry = entry.context("it is no tar archive, or is damaged")?;
        ensure!(index < ENTRIES_MAX, "it has more than {ENTRIES_MAX} entries");
        end = entry.raw_file_position() + entry.size().next_multiple_of(BLOCK);
        keep(&mut entry, into)?;
    }
    let mut rest = archive.into_inner();
    ensure!(rest.read >= end + BLOCK, "it was cut short");
    // The checksum of gzip stands at the end.
    io::copy(&mut rest, &mut io::sink()).context("it is damaged")?;
    Ok(())
}

/// The archive without its gzip, if it has one.
fn unpacked(mut file: BufReader<File>) -> anyhow::Result<Box<dyn Read>> {
    let is_packed = io::BufRead::fill_buf(&mut file)?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Writes one entry, when rules are made of it.
fn keep(entry: &mut Entry<'_, Counted>, into: &Path) -> anyhow::Result<()> {
    let kind = entry.header().entry_type();
    // What `git archive` says of the commit: no file.
    if kind == EntryType::XGlobalHeader {
        return Ok(());
    }
    let name = String::from_utf8_lossy(&entry.path_bytes()).escape_debug().to_string();
    let path = inside(&entry.path()?).with_context(|| format!("the entry `{name}`"))?;
    match kind {
        EntryType::Directory => return Ok(()),
        EntryType::Regular => {}
        _ => bail!("the entry `{name}` is neither a file nor a folder"),
    }
    if !is_wanted(&path) {
        return Ok(());
    }
    ensure!(entry.size() <= FILE_BYTES_MAX, "the entry `{name}` has more than {} MiB", FILE_BYTES_MAX >> 20);
    let place = into.join(&path);
    let mut written = || -> io::Result<()> {
        fs::create_dir_all(place.parent().unwrap_or(into))?;
        io::copy(entry, &mut File::create_new(&place)?)?;
        Ok(())
    };
    written().with_context(|| format!("the entry `{name}` cannot be written"))
}

/// The path of an entry, when it leads down from where it begins.
fn inside(path: &Path) -> anyhow::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => bail!("its path leads out of the archive"),
        }
    }
    ensure!(plain.components().count() <= DEPTH_MAX, "its path is deeper than {DEPTH_MAX} folders");
    Ok(plain)
}

fn is_wanted(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    [".conf", ".data", ".conf.example"].iter().any(|ending| name.ends_with(ending))
}

/// The folder of the rule set: archives put all they hold into one.
fn top(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    match entries.as_slice() {
        [] => bail!("there is no .conf file in it"),
        [only] if only.file_name() != "rules" && only.path().is_dir() => top(&only.path()),
        _ => Ok(folder.to_owned()),
    }
}

/// Counts what was read, up to what may be.
struct Counted {
    inner: Box<dyn Read>,
    read: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read += count as u64;
        if self.read > BYTES_MAX {
            return Err(io::Error::other(format!("it unpacks to more than {} MiB", BYTES_MAX >> 20)));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, Header};

    use super::*;

    const RULE: &[u8] = b"SecAction \"id:1,phase:1,pass\"";

    /// An entry under this very name, which `tar` itself would not write.
    fn entry(builder: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, data: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(data.len() as u64);
        header.set_mode(0o777);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, data).unwrap();
    }

    fn archive(name: &str, kind: EntryType, data: &[u8]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        entry(&mut builder, "crs/rules/a.conf", EntryType::Regular, RULE);
        entry(&mut builder, name, kind, data);
        builder.into_inner().unwrap()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    /// What is said of an archive, and the files that are then in the folder or beside it.
    fn outcome(bytes: &[u8]) -> (Result<PathBuf, String>, Vec<String>) {
        let place = tempfile::tempdir().unwrap();
        let into = place.path().join("into");
        fs::create_dir(&into).unwrap();
        fs::write(place.path().join("rules.tar"), bytes).unwrap();
        let found = unpack(&place.path().join("rules.tar"), &into);
        let found = found.map(|top| top.strip_prefix(&into).unwrap().to_owned()).map_err(|error| format!("{error:#}"));
        let mut files = Vec::new();
        list(place.path(), place.path(), &mut files);
        files.retain(|file| file != "rules.tar");
        files.sort();
        (found, files)
    }

    fn list(folder: &Path, from: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                list(&path, from, files);
            } else {
                files.push(path.strip_prefix(from).unwrap().display().to_string());
            }
        }
    }

    fn check_refused(bytes: &[u8], why: &str) {
        let (found, files) = outcome(bytes);
        let said = found.unwrap_err();
        assert!(said.contains(why), "{said}");
        assert!(files.iter().all(|file| file == "into/crs/rules/a.conf"), "{why}: {files:?}");
    }

    #[test]
    fn rules_and_data_are_taken_out_of_either_form_and_nothing_else() {
        let mut builder = Builder::new(Vec::new());
        for name in ["./crs-4/crs-setup.conf.example", "./crs-4/rules/a.conf", "./crs-4/rules/a.data", "./crs-4/x.sh"] {
            entry(&mut builder, name, EntryType::Regular, RULE);
        }
        entry(&mut builder, "pax_global_header", EntryType::XGlobalHeader, b"17 comment=abcde\n");
        entry(&mut builder, "crs-4/docs/", EntryType::Directory, b"");
        let plain = builder.into_inner().unwrap();
        for bytes in [plain.clone(), packed(&plain)] {
            let (found, files) = outcome(&bytes);
            assert_eq!(found.unwrap(), Path::new("crs-4"));
            let expected = ["crs-setup.conf.example", "rules/a.conf", "rules/a.data"];
            assert_eq!(files, expected.map(|name| format!("into/crs-4/{name}")));
        }
    }

    #[test]
    fn what_leads_out_of_the_archive_is_refused() {
        for name in ["../a.conf", "crs/../../a.conf", "/tmp/a.conf", "crs/rules/../../../b.data"] {
            check_refused(&archive(name, EntryType::Regular, RULE), "leads out of the archive");
        }
        let deep = "d/".repeat(17);
        check_refused(&archive(&format!("{deep}a.conf"), EntryType::Regular, RULE), "deeper than 16");
    }

    #[test]
    fn links_devices_and_pipes_are_refused_whatever_they_are_called() {
        use EntryType::{Block, Char, Fifo, GNUSparse, Link, Symlink};
        for kind in [Symlink, Link, Char, Block, Fifo, GNUSparse] {
            for name in ["crs/rules/b.conf", "crs/rules", "crs/readme"] {
                let bytes = archive(name, kind, b"");
                check_refused(&bytes, if kind == GNUSparse { "" } else { "neither a file nor a folder" });
            }
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let large = vec![b'#'; FILE_BYTES_MAX as usize + 1];
        check_refused(&archive("crs/rules/b.conf", EntryType::Regular, &large), "more than 8 MiB");
        let bomb = packed(&archive("crs/readme", EntryType::Regular, &vec![0; BYTES_MAX as usize]));
        assert!(bomb.len() < 1 << 20, "a bomb is small: {}", bomb.len());
        check_refused(&bomb, "more than 128 MiB");
        let behind = packed(&[archive("x", EntryType::Regular, b""), vec![0; BYTES_MAX as usize]].concat());
        check_refused(&behind, "more than 128 MiB");
        let mut builder = Builder::new(Vec::new());
        for _ in 0..=ENTRIES_MAX {
            entry(&mut builder, "readme", EntryType::Regular, b"");
        }
        check_refused(&packed(&builder.into_inner().unwrap()), "more than 20000 entries");
    }

    #[test]
    fn a_name_that_comes_twice_or_is_a_file_and_a_folder_is_refused() {
        check_refused(&archive("crs/rules/a.conf", EntryType::Regular, b"SecAction \"id:2\""), "cannot be written");
        check_refused(&archive("crs/rules/a.conf/b.conf", EntryType::Regular, RULE), "cannot be written");
    }

    #[test]
    fn what_was_cut_short_or_damaged_is_refused_wherever() {
        let whole = archive("crs/rules/b.conf", EntryType::Regular, RULE);
        assert_eq!(whole.len(), 6 * 512, "two entries of two blocks, and two blocks of zeros");
        let first = |bytes: &[u8]| outcome(bytes).0.unwrap_err();
        for length in [0, 1, 511, 512, 1024, 1536, 2047, 2048] {
            first(&whole[..length]);
        }
        let gzip = packed(&whole);
        (0..gzip.len()).for_each(|length| drop(first(&gzip[..length])));
        let mut damaged = gzip.clone();
        let crc = damaged.len() - 8;
        damaged[crc] ^= 1;
        assert!(first(&damaged).contains("damaged"));
        assert!(first(b"SecAction \"id:1\"").contains("not taken"));
        assert!(first(&[b'x'; 4096]).contains("no tar archive"));
    }
}
