//! The Merkle tree of RFC 6962 §2.1 (and RFC 9162 §2.1): SHA-256, leaves and nodes hashed apart.
//!
//! Pure. [`Peaks`] is what a growing tree has to remember; proofs are made from the leaves' hashes.

use aws_lc_rs::digest::{Context, SHA256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The hash of a leaf: `SHA-256(0x00 ‖ entry)`.
pub fn leaf(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

/// The hash of a node: `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The roots of the complete subtrees of a growing tree, largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut merged = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            merged = node(&left, &merged);
            size >>= 1;
        }
        self.hashes.push(merged);
        self.size += 1;
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root; of an empty tree `SHA-256("")`.
    pub fn root(&self) -> Hash {
        let mut peaks = self.hashes.iter().rev();
        let Some(last) = peaks.next() else { return hash(&[]) };
        peaks.fold(*last, |right, left| node(left, &right))
    }

    /// The peaks as bytes, to be kept with the size.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.concat()
    }

    /// Reads what [`Peaks::to_bytes`] wrote; `None` when it does not fit the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && hashes.len() == size.count_ones() as usize;
        fits.then(|| Self { size, hashes: hashes.to_vec() })
    }
}

/// The root of the tree over these leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => hash(&[]),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The audit path of a leaf (RFC 6962 §2.1.1), from the leaf up. `index` must be below the number of leaves.
pub fn inclusion(leaves: &[Hash], index: usize) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut path, sibling) =
        if index < at { (inclusion(left, index), root(right)) } else { (inclusion(right, index - at), root(left)) };
    path.push(sibling);
    path
}

/// The proof that a tree of `old` leaves is a beginning of this one (RFC 6962 §2.1.2). `old` must not be 0.
pub fn consistency(leaves: &[Hash], old: usize) -> Vec<Hash> {
    subproof(leaves, old, true)
}

fn subproof(leaves: &[Hash], old: usize, is_known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_known { Vec::new() } else { vec![root(leaves)] };
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    let (mut proof, sibling) = if old <= at {
        (subproof(left, old, is_known), root(right))
    } else {
        (subproof(right, old - at, false), root(left))
    };
    proof.push(sibling);
    proof
}

/// Checks an audit path (RFC 9162 §2.1.3.2).
pub fn includes(root: &Hash, size: u64, index: u64, leaf: &Hash, path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn) = (index, size - 1);
    let mut hash = *leaf;
    for step in path {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            hash = node(step, &hash);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && hash == *root
}

/// Checks a consistency proof (RFC 9162 §2.1.4.2).
pub fn is_consistent((old_root, old): (&Hash, u64), (new_root, new): (&Hash, u64), proof: &[Hash]) -> bool {
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    let mut steps = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut fn_, mut sn) = (old - 1, new - 1);
    while fn_ & 1 == 1 {
        fn_ >>= 1;
        sn >>= 1;
    }
    let (mut fr, mut sr) = (*first, *first);
    for step in steps {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            fr = node(step, &fr);
            sr = node(step, &sr);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node(&sr, step);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && fr == *old_root && sr == *new_root
}

/// The largest power of two below `count`.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u8) -> Vec<Hash> {
        (0..count).map(|at| leaf(&[at])).collect()
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        let hex: String = root(&[]).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn peaks_have_the_root_of_the_tree_and_read_back() {
        let mut peaks = Peaks::default();
        for count in 0..70 {
            let leaves = leaves(count);
            assert_eq!(peaks.root(), root(&leaves), "{count}");
            assert_eq!(Peaks::from_bytes(peaks.size(), &peaks.to_bytes()).as_ref(), Some(&peaks));
            peaks.push(leaf(&[count]));
        }
    }

    #[test]
    fn every_leaf_of_every_size_has_a_path_and_no_other_leaf_has_it() {
        for count in 1..40 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for index in 0..leaves.len() {
                let path = inclusion(&leaves, index);
                let size = u64::from(count);
                assert!(includes(&root, size, index as u64, &leaves[index], &path), "{index} of {count}");
                assert!(!includes(&root, size, index as u64, &leaf(b"other"), &path));
                let elsewhere = (index as u64 + 1) % size;
                assert!(count == 1 || !includes(&root, size, elsewhere, &leaves[index], &path));
            }
        }
    }

    #[test]
    fn every_beginning_is_consistent_and_nothing_else_is() {
        for new in 1..40 {
            let all = leaves(new);
            let new_root = root(&all);
            for old in 1..=usize::from(new) {
                let proof = consistency(&all, old);
                let old_root = root(&all[..old]);
                assert!(is_consistent((&old_root, old as u64), (&new_root, u64::from(new)), &proof), "{old} of {new}");
                let forged = leaf(b"forged");
                assert!(!is_consistent((&forged, old as u64), (&new_root, u64::from(new)), &proof));
            }
        }
    }
}
