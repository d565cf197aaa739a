use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Tree, ParseError> {
    let mut tree = Tree::default();
    let limits = Limits { bytes: 1 << 20, depth: 8, leaves: 64 };
    tree.parse(text, &limits).map(|()| tree)
}

#[track_caller]
fn refused(text: &str, path: &str, reason: Reason) {
    assert_eq!(parse(text).err(), Some(ParseError { path: path.to_owned(), reason }), "{text}");
}

#[test]
fn what_is_refused_names_path_and_reason() {
    refused(r#"{"a":1,"a":2}"#, "", Reason::DuplicateKey);
    refused(r#"{"a":1,"\u0061":2}"#, "", Reason::DuplicateKey);
    refused(r#"{"m":[{"b":{"x":1,"x":1}}]}"#, "m[].b", Reason::DuplicateKey);
    refused(r#"{"a":"\ud800"}"#, "", Reason::LoneSurrogate);
    refused(r#"{"a":"\udc00"}"#, "", Reason::LoneSurrogate);
    refused(r#"{"a":"\ud800\u0041"}"#, "", Reason::LoneSurrogate);
    refused("{} {}", "", Reason::TrailingBytes);
    refused(r#"{"a":[1,]}"#, "a", Reason::Syntax { offset: 8 });
    refused("", "", Reason::Syntax { offset: 0 });
    refused("[NaN]", "", Reason::Syntax { offset: 1 });
    refused(&"[".repeat(9), "[][][][][][][]", Reason::TooDeep);
    refused(&format!("[{}1]", "1,".repeat(64)), "", Reason::TooManyLeaves);
}

#[test]
fn many_keys_are_compared_too() {
    let keys = |last: &str| {
        let members: Vec<String> = (0..40).map(|n| format!("\"k{n}\":0")).collect();
        format!("{{{},\"{last}\":1}}", members.join(","))
    };
    assert!(parse(&keys("k40")).is_ok());
    for twin in ["k0", "k11", "k12", "k39"] {
        assert_eq!(parse(&keys(twin)).err().map(|error| error.reason), Some(Reason::DuplicateKey), "{twin}");
    }
}

#[test]
fn spans_and_decoded_texts_of_keys_and_values() {
    let text = r#" { "plain" : "v" , "\u0065sc\"" : "a\nb" , "n" : -1.5e3 , "o" : [ true , null , {} ] } "#;
    let tree = parse(text).unwrap();
    let json = tree.on(text);
    let seen: Vec<_> = json
        .children(Json::ROOT)
        .map(|id| (json.key(id).unwrap(), &text[json.key_span(id)], json.str(id), json.raw(id)))
        .collect();
    assert_eq!(
        seen,
        [
            ("plain", r#""plain""#, "v", r#""v""#),
            ("esc\"", r#""\u0065sc\"""#, "a\nb", r#""a\nb""#),
            ("n", r#""n""#, "-1.5e3", "-1.5e3"),
            ("o", r#""o""#, "[ true , null , {} ]", "[ true , null , {} ]"),
        ]
    );
}

#[test]
fn a_path_hides_odd_keys() {
    let text = r#"{"messages":[0,{"my secret key":{"id":1}}]}"#;
    let tree = parse(text).unwrap();
    let json = tree.on(text);
    assert_eq!(json.path(5), "messages[1].?.id");
}

fn strings_of(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings_of(item, out)),
        serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| {
            out.push(key.clone());
            strings_of(value, out);
        }),
        _ => {}
    }
}

fn sorted(mut strings: Vec<String>) -> Vec<String> {
    strings.sort();
    strings
}

proptest! {
    #[test]
    fn it_agrees_with_serde_json(text in crate::testing::json_soup()) {
        let ours = parse(&text);
        match (serde_json::from_str::<serde_json::Value>(&text), &ours) {
            (Ok(theirs), Ok(tree)) => {
                let json = tree.on(&text);
                let mut seen = Vec::new();
                for id in 0..tree.nodes.len() as u32 {
                    seen.extend(json.key(id).map(str::to_owned));
                    seen.extend((json.kind(id) == Kind::String).then(|| json.str(id).to_owned()));
                }
                let mut expected = Vec::new();
                strings_of(&theirs, &mut expected);
                prop_assert_eq!(sorted(seen), sorted(expected));
            }
            (Ok(_), Err(error)) => prop_assert!(
                matches!(error.reason, Reason::DuplicateKey | Reason::TooDeep | Reason::TooManyLeaves),
                "{} {:?}", text, error
            ),
            (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("out of range"), "{} {:?}", text, error),
            (Err(_), Err(_)) => {}
        }
    }
}
