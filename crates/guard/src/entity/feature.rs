//! What the tagger sees of a token: itself, its neighbours and the run of capitals that it stands in, as rows of a table.
//!
//! The words at the ends of a run say most about all of it: `Rowan Freight Services Ltd` is a company by its last word, and
//! `Bank of Ireland` by its first.
//!
//! Invariant: training and tagging read tokens through this file alone.

use std::sync::LazyLock;

use super::token::{MIX, NOTHING, Token, Tokens};

/// Rows of the table are this many bits wide.
pub const ROW_BITS: u32 = 22;
/// Rows that one token leads to.
pub const FEATURES: usize = 40;
/// How far to either side of a token it looks.
pub const REACH: usize = 6;
/// How far to either side a run of capitals is followed; the word beyond it is looked at too.
const RUN_REACH: usize = REACH - 1;

/// What joins capitals to one name.
static LINKS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let words = "of the de del della der den des di da do dos du la le van von & - ' . \u{2019}";
    Tokens::of(words).map(|token| token.key()).collect()
});

/// The rows of the token at `at`.
pub fn rows(tokens: &[Token], at: usize) -> [u32; FEATURES] {
    let near = |offset: isize| at.checked_add_signed(offset).and_then(|at| tokens.get(at)).unwrap_or(&NOTHING);
    let (b2, b1, it, a1, a2) = (near(-2), near(-1), near(0), near(1), near(2));
    let shape = |token: &Token| token.shape as u64;
    let listed = |token: &Token| u64::from(token.lists);
    let (three, two) = (it.tail, it.tail & ((1 << 42) - 1));
    let cased = shape(it) << 56;
    let shapes = shape(b1) << 16 | shape(it) << 8 | shape(a1);
    let lists = listed(b1) << 16 | listed(it) << 8 | listed(a1);
    let (left, right) = if it.is_cased() { (reach(tokens, at, -1), reach(tokens, at, 1)) } else { (0, 0) };
    let (first, last) = (near(-left), near(right));
    let (before, after) = (near(-left - 1), near(right + 1));
    let place = (left.min(3) as u64) << 60 | (right.min(3) as u64) << 56 | u64::from(it.is_cased()) << 54;
    let group = |token: &Token| u64::from(token.group);
    let kin = |token: &Token| u64::from(token.group >> 3);
    [
        row(0, it.key),
        row(1, it.key ^ b1.key.rotate_left(17)),
        row(2, it.key ^ a1.key.rotate_left(31)),
        row(3, b1.key),
        row(4, a1.key),
        row(5, b2.key ^ cased),
        row(6, a2.key ^ cased),
        row(7, b1.key ^ a1.key.rotate_left(23)),
        row(8, shape(it) << 8 | listed(it)),
        row(9, shapes),
        row(10, lists << 8 | shape(it)),
        row(11, three ^ cased),
        row(12, two ^ cased),
        row(13, it.head ^ cased),
        row(14, b1.key ^ cased),
        row(15, a1.key ^ cased),
        row(16, b1.key ^ b2.key.rotate_left(17) ^ cased),
        row(17, a1.key ^ a2.key.rotate_left(31) ^ cased),
        row(18, shapes << 16 | shape(b2) << 8 | shape(a2)),
        row(19, listed(it) << 24 | listed(a1) << 16 | shape(it) << 8 | shape(a1)),
        row(20, listed(it) << 24 | listed(b1) << 16 | shape(it) << 8 | shape(b1)),
        row(21, b1.key ^ listed(it) << 56 ^ cased >> 8),
        row(22, a1.key ^ listed(it) << 56 ^ cased >> 8),
        row(23, it.key ^ shapes.rotate_left(32)),
        row(24, last.key ^ u64::from(right > 0) << 63),
        row(25, first.key ^ u64::from(left > 0) << 63),
        row(26, before.key ^ place),
        row(27, after.key ^ place),
        row(28, before.key ^ after.key.rotate_left(23) ^ u64::from(it.is_cased())),
        row(
            29,
            place ^ listed(first) << 32 ^ listed(last) << 24 ^ shape(first) << 16 ^ shape(last) << 8 ^ shape(before),
        ),
        row(30, group(it) << 8 | shape(it)),
        row(31, group(b1) << 8 | shape(it)),
        row(32, group(a1) << 8 | shape(it)),
        row(33, group(b1) << 16 | group(it) << 8 | shape(it)),
        row(34, group(it) << 16 | group(a1) << 8 | shape(it)),
        row(35, group(b1) << 16 | group(a1) << 8 | shape(it)),
        row(36, group(it) << 16 | listed(it) << 8 | shape(it)),
        row(37, kin(b2) << 32 | kin(b1) << 24 | kin(it) << 16 | kin(a1) << 8 | shape(it)),
        row(38, place ^ group(last) << 8 ^ group(first)),
        row(39, place ^ group(before) << 8 ^ group(after)),
    ]
}

/// How many tokens the run of capitals goes on to one side.
fn reach(tokens: &[Token], at: usize, side: isize) -> isize {
    let near = |offset: isize| at.checked_add_signed(offset * side).and_then(|at| tokens.get(at));
    let (mut end, mut links) = (0, 0);
    for offset in 1..=RUN_REACH as isize {
        let Some(token) = near(offset) else { break };
        if token.is_cased() {
            (end, links) = (offset, 0);
        } else if links < 2 && LINKS.contains(&token.key) {
            links += 1;
        } else {
            break;
        }
    }
    end
}

const fn row(kind: u64, key: u64) -> u32 {
    let mixed = (key ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(MIX);
    ((mixed ^ mixed >> 29).wrapping_mul(MIX) >> (64 - ROW_BITS)) as u32
}
