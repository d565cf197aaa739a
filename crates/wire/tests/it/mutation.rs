//! The properties, on the golden files and on what little changes make of them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::property;

/// The golden files of a kind.
fn golden(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(kind);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn the_golden_files_keep_every_promise() {
    golden("request").iter().for_each(|body| property::request(body));
    golden("answer").iter().for_each(|body| property::answer(body));
    golden("stream").iter().for_each(|bytes| property::sse(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn golden_files_with_pieces_of_one_another_keep_every_promise(
        kind in prop::sample::select(vec!["request", "answer", "stream"]),
        which in any::<[prop::sample::Index; 2]>(),
        at in any::<[prop::sample::Index; 4]>(),
    ) {
        let files = golden(kind);
        let (left, right) = (which[0].get(&files), which[1].get(&files));
        let place = |text: &[u8], at: &prop::sample::Index| at.index(text.len() + 1);
        let (mut cut, mut piece) = ([place(left, &at[0]), place(left, &at[1])], [place(right, &at[2]), place(right, &at[3])]);
        cut.sort_unstable();
        piece.sort_unstable();
        let bytes = [&left[..cut[0]], &right[piece[0]..piece[1]], &left[cut[1]..]].concat();
        match kind {
            "request" => property::request(&bytes),
            "answer" => property::answer(&bytes),
            _ => property::sse(&bytes),
        }
    }
}
