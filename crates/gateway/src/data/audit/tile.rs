//! Tiles: the layout of an export (C2SP `tlog-tiles`).
//!
//! A tile holds up to 256 hashes of one level; level 0 are the leaves, level 1 the roots of full level-0 tiles. Entry
//! bundles hold up to 256 entries, each behind its length in two bytes.

use super::tree::{self, Hash};

/// Hashes of a full tile.
pub const WIDTH: usize = 256;
/// The longest entry that a bundle can hold.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// A file of an export: its path below the folder, and its bytes.
pub type File = (String, Vec<u8>);

/// All tiles of a tree.
pub fn tiles(leaves: &[Hash]) -> Vec<File> {
    let mut files = Vec::new();
    let mut level = 0;
    let mut hashes = leaves.to_vec();
    while !hashes.is_empty() {
        files.extend(
            hashes
                .chunks(WIDTH)
                .enumerate()
                .map(|(index, tile)| (format!("tile/{level}/{}", path(index, tile.len())), tile.concat())),
        );
        hashes = hashes.chunks_exact(WIDTH).map(tree::root).collect();
        level += 1;
    }
    files
}

/// An entry bundle; `None` when an entry is too long for one.
pub fn bundle(index: usize, entries: &[String]) -> Option<File> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(entry.as_bytes());
    }
    Some((format!("tile/entries/{}", path(index, entries.len())), bytes))
}

/// Takes a bundle apart; `None` when it is cut.
pub fn unbundle(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bytes = rest;
    }
    Some(entries)
}

/// `x001/x234/067`, with `.p/W` behind it when the tile is not full.
pub fn path(index: usize, width: usize) -> String {
    let mut text = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1_000);
        rest /= 1_000;
    }
    if width < WIDTH { format!("{text}.p/{width}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(path(1_234_067, 256), "x001/x234/067");
        assert_eq!(path(0, 112), "000.p/112");
    }

    #[test]
    fn bundles_come_apart_again() {
        let entries = ["one".to_owned(), String::new(), "three".to_owned()];
        let (name, bytes) = bundle(0, &entries).unwrap();
        assert_eq!(name, "tile/entries/000.p/3");
        assert_eq!(unbundle(&bytes), Some(vec![&b"one"[..], b"", b"three"]));
        assert_eq!(unbundle(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn the_second_level_holds_the_roots_of_full_tiles() {
        let leaves: Vec<Hash> = (0..600_u32).map(|at| tree::leaf(&at.to_be_bytes())).collect();
        let names: Vec<String> = tiles(&leaves).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"]);
    }
}
