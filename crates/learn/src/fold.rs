//! What a model does not see, so that it can be asked about it: whole sources where there are several, parts of one otherwise.

use std::collections::BTreeSet;

use guard::classifier::Head;

use crate::row::Row;

/// Sources that hold the same texts in part, or are one the other side of the other: none is measured by a model that saw
/// another.
const KIN: &[&[&str]] = &[&["inthewild", "pyrit_jb", "gptfuzz"], &["own_toxic", "own_gentle"]];

/// Rows that one model is not to see, and which of them it scores.
pub(crate) struct Fold {
    pub(crate) name: String,
    pub(crate) hidden: Vec<bool>,
    pub(crate) scored: Vec<bool>,
}

/// Bytes that near-duplicates of answers share.
const OPENING_BYTES: usize = 40;
/// Bytes that texts from one line of a grammar share.
const WRITTEN_OPENING_BYTES: usize = 8;

/// Sources of harmful texts one by one; what is harmless alone, of the heads for toxicity, in parts by text, and so is
/// all of a head with one source of them, and of refusals.
pub(crate) fn folds(head: Head, rows: &[Row]) -> Vec<Fold> {
    const PARTS: u64 = 4;
    // Texts that begin alike are told apart by nothing else where one hand wrote all of them: one part sees all of them.
    let bytes_max = match head {
        Head::Refusal => OPENING_BYTES,
        Head::SelfHarm => WRITTEN_OPENING_BYTES,
        _ => usize::MAX,
    };
    let part = |row: &Row| {
        let bytes = row.text.bytes().take(bytes_max);
        bytes.fold(7_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)) >> 32
    };
    let parts = |takes: &dyn Fn(&Row) -> bool| {
        let of = |number| {
            let hidden: Vec<bool> = rows.iter().map(|row| takes(row) && part(row) % PARTS == number).collect();
            Fold { name: format!("part {number}"), scored: hidden.clone(), hidden }
        };
        (0..PARTS).map(of).collect::<Vec<Fold>>()
    };
    let is_harmful = |row: &Row| row.labels[head as usize] == Some(true);
    let sources: BTreeSet<&str> = rows.iter().filter(|row| is_harmful(row)).map(|row| row.source.as_str()).collect();
    if head == Head::Refusal || sources.len() < 2 {
        return parts(&|_| true);
    }
    let fold = |source: &&str| {
        let kin = KIN.iter().find(|kin| kin.contains(source)).copied().unwrap_or(&[]);
        let hidden = rows.iter().map(|row| row.source == *source || kin.contains(&row.source.as_str())).collect();
        // Harmless texts of a source of attacks are not attacks that its author failed to make: they count for toxicity alone.
        let counts = |row: &Row| head != Head::Injection || is_harmful(row);
        let scored = rows.iter().map(|row| row.source == *source && counts(row)).collect();
        Fold { name: (*source).to_owned(), hidden, scored }
    };
    let mut folds: Vec<Fold> = sources.iter().map(fold).collect();
    if head != Head::Injection {
        folds.extend(parts(&|row| !sources.contains(row.source.as_str())));
    }
    folds
}
