//! The weights, packed: of a million rows that training fills only the heaviest are kept.
//!
//! The lower bits of a row choose a bucket of [`SLOTS`] rows, the others tell them apart, so a row that was not kept is known
//! to weigh nothing and is never taken for another. A bucket lies in one line of the cache.

use super::TAGS;
use super::feature::{FEATURES, ROW_BITS};

/// Buckets are these many bits of a row.
const BUCKET_BITS: u32 = ROW_BITS - 8;
/// Rows in a bucket.
const SLOTS: usize = 8;
/// A bucket: what tells its rows apart, then their weights.
const BUCKET_BYTES: usize = SLOTS * (1 + TAGS);
/// Bytes of the table.
pub const TABLE_BYTES: usize = BUCKET_BYTES << BUCKET_BITS;

/// Packs a weight for each tag, row after row.
pub fn pack(rows: &[[i8; TAGS]]) -> Vec<u8> {
    let mut table = vec![0; TABLE_BYTES];
    for (bucket, out) in table.as_chunks_mut::<BUCKET_BYTES>().0.iter_mut().enumerate() {
        for (slot, row) in heaviest(rows, bucket).into_iter().enumerate() {
            out[slot] = (row >> BUCKET_BITS) as u8;
            for (tag, weight) in rows[row].iter().enumerate() {
                out[SLOTS + slot * TAGS + tag] = weight.cast_unsigned();
            }
        }
    }
    table
}

/// Which rows [`pack`] keeps.
pub fn kept(rows: &[[i8; TAGS]]) -> Vec<bool> {
    let mut kept = vec![false; rows.len()];
    for row in (0..1 << BUCKET_BITS).flat_map(|bucket| heaviest(rows, bucket)) {
        kept[row] = true;
    }
    kept
}

/// The rows of a bucket that are kept.
fn heaviest(rows: &[[i8; TAGS]], bucket: usize) -> Vec<usize> {
    let members = (0..1 << (ROW_BITS - BUCKET_BITS)).map(|upper: usize| upper << BUCKET_BITS | bucket);
    let mut members: Vec<usize> = members.filter(|row| *row < rows.len()).collect();
    members.sort_by_key(|row| (std::cmp::Reverse(weight(&rows[*row])), *row));
    members.truncate(SLOTS);
    members
}

/// What a row can change.
fn weight(weights: &[i8; TAGS]) -> u32 {
    let (least, most) = weights
        .iter()
        .fold((0_i32, 0_i32), |(least, most), weight| (least.min((*weight).into()), most.max((*weight).into())));
    most.abs_diff(least)
}

/// The sums of some rows of a packed table.
#[inline]
pub(super) fn sum(table: &[u8; TABLE_BYTES], rows: [u32; FEATURES]) -> [i32; TAGS] {
    let buckets = table.as_chunks::<BUCKET_BYTES>().0;
    let mut sums = [0; TAGS];
    for row in rows {
        let bucket = &buckets[row as usize & ((1 << BUCKET_BITS) - 1)];
        let upper = (row >> BUCKET_BITS) as u8;
        let Some(slot) = bucket[..SLOTS].iter().position(|known| *known == upper) else { continue };
        let weights = &bucket[SLOTS + slot * TAGS..][..TAGS];
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += i32::from(weight.cast_signed());
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_rows_of_a_bucket_are_kept_and_no_other_is_taken_for_them() {
        let mut rows = vec![[0; TAGS]; 1 << ROW_BITS];
        for upper in 0..20 {
            rows[upper << BUCKET_BITS | 5] = [0, 1 + upper as i8, 0, 0, -3];
        }
        let table = pack(&rows);
        let table = table.first_chunk().unwrap();
        let of = |upper: u32| sum(table, [upper << BUCKET_BITS | 5; FEATURES])[1];
        assert_eq!(of(19), 20 * FEATURES as i32);
        assert_eq!((of(12), of(11), of(200)), (13 * FEATURES as i32, 0, 0));
        assert_eq!(sum(table, [6; FEATURES]), [0; TAGS]);
    }
}
