//! Breached passwords, offline: a filter on the disk, made once from a Pwned-Passwords file.
//!
//! The first 12 bits of a password's SHA-1 name one of 4,096 shards; each shard is a binary fuse filter of 16 bits a key
//! (`xorf`), or the keys themselves when there are few. A look-up reads one shard, so the filter takes no memory beside
//! its table. It takes 18 to 24 bits a password on the disk, the more passwords the fewer, and gives one false alarm in
//! 65,000 checks and no false all-clear.
//!
//! SHA-1 is what the published lists hold; nothing here rests on its resistance to collisions.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use xorf::{BinaryFuse16, Descriptor, Filter as _};

pub(super) const MAGIC: &[u8; 8] = b"PCBREACH";
pub(super) const VERSION: u32 = 1;
pub(super) const SHARDS: usize = 4_096;
/// Offset, length in bytes, and the filter's descriptor, for each shard.
pub(super) const ENTRY_BYTES: usize = 8 + 4 + Descriptor::DMA_LEN;
/// Magic, version, number of keys.
pub(super) const HEAD_BYTES: usize = 8 + 4 + 8;
/// A filter of fewer keys is larger than the keys.
pub(super) const LISTED_MAX: usize = 64;
/// A shard that is larger does not come from a list of passwords.
const SHARD_BYTES_MAX: u32 = 64 << 20;

/// The set of breached passwords.
pub struct Breached {
    file: File,
    table: Vec<Shard>,
    keys: u64,
}

/// Where a shard is, and how it is read.
#[derive(Debug, Clone)]
pub(super) struct Shard {
    pub(super) offset: u64,
    pub(super) bytes: u32,
    /// None when the keys themselves are listed.
    pub(super) descriptor: Option<Descriptor>,
}

/// Why the filter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// It cannot be read.
    #[error("the filter of breached passwords {0} cannot be read")]
    Read(PathBuf, #[source] io::Error),
    /// It is something else, or cut.
    #[error("{0} is no whole filter of breached passwords; `portcullis password import-breached FILE` makes one")]
    Broken(PathBuf),
}

impl Breached {
    /// Where the filter is, below the data folder.
    pub fn place(data: &Path) -> PathBuf {
        data.join("breached.filter")
    }

    /// Opens the filter of the data folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or is not whole: a gateway must not silently check against less than it was given.
    pub fn open(data: &Path) -> Result<Option<Self>, BreachedError> {
        let path = Self::place(data);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BreachedError::Read(path, error)),
        };
        let failed = |error| BreachedError::Read(path.clone(), error);
        let length = file.metadata().map_err(failed)?.len();
        let broken = || BreachedError::Broken(path.clone());
        let mut head = vec![0; HEAD_BYTES + SHARDS * ENTRY_BYTES];
        file.read_exact_at(&mut head, 0).map_err(|_| broken())?;
        if head[..8] != *MAGIC || head[8..12] != VERSION.to_le_bytes() {
            return Err(broken());
        }
        let keys = u64::from_le_bytes(head[12..HEAD_BYTES].try_into().map_err(|_| broken())?);
        let table: Option<Vec<Shard>> = head[HEAD_BYTES..].chunks_exact(ENTRY_BYTES).map(Shard::read).collect();
        let table = table.ok_or_else(broken)?;
        let is_whole = |shard: &Shard| {
            shard.bytes <= SHARD_BYTES_MAX
                && shard.offset.checked_add(shard.bytes.into()).is_some_and(|end| end <= length)
        };
        if !table.iter().all(is_whole) {
            return Err(broken());
        }
        Ok(Some(Self { file, table, keys }))
    }

    /// How many passwords it was made from.
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// Whether the password is in the set. A shard that cannot be read is reported and counts as a hit: a password that
    /// could not be checked is not set.
    pub fn contains(&self, password: &str) -> bool {
        let key = key(password);
        let shard = &self.table[shard_of(key)];
        let mut bytes = vec![0; shard.bytes as usize];
        if let Err(error) = self.file.read_exact_at(&mut bytes, shard.offset) {
            tracing::error!(error = &error as &dyn std::error::Error, "the breached passwords cannot be read");
            return true;
        }
        shard.contains(key, &bytes)
    }
}

impl std::fmt::Debug for Breached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breached").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Shard {
    fn read(entry: &[u8]) -> Option<Self> {
        let number = |from: usize| entry.get(from..from + 4)?.try_into().ok().map(u32::from_le_bytes);
        let wide = |from: usize| entry.get(from..from + 8)?.try_into().ok().map(u64::from_le_bytes);
        let (offset, bytes) = (wide(0)?, number(8)?);
        let descriptor = Descriptor {
            seed: wide(12)?,
            segment_length: number(20)?,
            segment_length_mask: number(24)?,
            segment_count_length: number(28)?,
        };
        if descriptor.segment_length == 0 {
            return (bytes % 8 == 0).then_some(Self { offset, bytes, descriptor: None });
        }
        // A look-up never leaves these bounds when the descriptor fits its shard.
        let reaches = u64::from(descriptor.segment_count_length) + 2 * u64::from(descriptor.segment_length);
        let fits = descriptor.segment_length.is_power_of_two()
            && descriptor.segment_length_mask == descriptor.segment_length - 1
            && reaches * 2 <= u64::from(bytes)
            && bytes % 2 == 0;
        fits.then_some(Self { offset, bytes, descriptor: Some(descriptor) })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.bytes.to_le_bytes());
        let mut descriptor = [0; Descriptor::DMA_LEN];
        if let Some(known) = &self.descriptor {
            descriptor[..8].copy_from_slice(&known.seed.to_le_bytes());
            descriptor[8..12].copy_from_slice(&known.segment_length.to_le_bytes());
            descriptor[12..16].copy_from_slice(&known.segment_length_mask.to_le_bytes());
            descriptor[16..20].copy_from_slice(&known.segment_count_length.to_le_bytes());
        }
        out.extend_from_slice(&descriptor);
    }

    fn contains(&self, key: u64, bytes: &[u8]) -> bool {
        match &self.descriptor {
            None => bytes.chunks_exact(8).any(|listed| listed == key.to_le_bytes()),
            Some(descriptor) => {
                let fingerprints = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                BinaryFuse16 { descriptor: descriptor.clone(), fingerprints }.contains(&key)
            }
        }
    }
}

/// The first 64 bits of the SHA-1.
pub(super) fn key(password: &str) -> u64 {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hash.as_ref()[..8].iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// The shard of a key: its first 12 bits.
pub(super) fn shard_of(key: u64) -> usize {
    (key >> 52) as usize
}
