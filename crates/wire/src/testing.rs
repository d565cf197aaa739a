//! What several tests share: generators and filters.

use proptest::prelude::*;

/// JSON texts, mostly valid, with awkward strings, some duplicate keys and some damage.
pub(crate) fn json_soup() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        "[a-c]{0,3}".prop_map(|text| format!("\"{text}\"")),
        Just(r#""\u00e9\ud83d\ude00\n""#.to_owned()),
        Just("\"é😀\"".to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just(r#""\"\\\/""#.to_owned()),
    ];
    let leaf = prop_oneof![
        4 => string.clone(),
        1 => "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        1 => prop::sample::select(vec!["true", "false", "null", "01", "+1", "tru", "\"a"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let member = (string.clone(), inner.clone()).prop_map(|(key, value)| format!("{key} : {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(member, 0..5).prop_map(|items| format!("{{{}}}", items.join(","))),
        ]
    })
}
