use super::*;

fn parse(text: &str) -> Result<RuleSet, LoadError> {
    RuleSet::parse(&[Source { name: "t.conf", text: text.as_bytes() }], &mut |_, name| {
        Err(format!("{name} cannot be read"))
    })
}

#[track_caller]
fn refused(text: &str, line: usize, word: &str) {
    let error = parse(text).unwrap_err();
    assert!(error.problem.contains(word), "{error}");
    assert_eq!((error.file.as_str(), error.line), ("t.conf", line));
}

#[test]
fn rules_chains_and_markers_are_read() {
    let set = parse(
        "SecDefaultAction \"phase:1,log,deny,status:403\"\n\
         SecRule ARGS \"@rx a\" \"id:1,phase:1,block,t:lowercase,chain\"\n\
         SecRule ARGS:x \"!@rx b\" \"setvar:tx.a=1\"\n\
         SecMarker END\n\
         SecAction \"id:2,pass,nolog,skipAfter:END\"",
    )
    .unwrap();
    assert_eq!(set.len(), 2);
    let Item::Rule(rule) = &set.items[0] else { panic!("a rule comes first") };
    assert_eq!((rule.links.len(), rule.effect, rule.status), (2, Effect::Deny, Some(403)));
}

#[test]
fn what_cannot_be_honoured_stops_the_load_with_its_line() {
    refused("SecMarker A\nSecRule ENV:x \"@rx a\" \"id:1\"", 2, "ENV");
    refused("\n\nSecRule ARGS \"@inspectFile a\" \"id:1\"", 3, "@inspectFile");
    refused("SecRule ARGS \"@rx a\" \"id:1,t:nonsense\"", 1, "nonsense");
    refused("SecRule ARGS \"@rx a\" \"id:1,proxy:x\"", 1, "proxy");
    refused("SecRule ARGS \"@rx a\" \"phase:1\"", 1, "no id");
    refused("SecAction \"id:1\"\nSecAction \"id:1\"", 2, "another rule");
    refused("SecHashEngine On", 1, "SecHashEngine");
    refused("SecRule ARGS \"@pmFromFile x.data\" \"id:1\"", 1, "x.data");
    refused("SecRule ARGS \"@rx a\" \"id:1,chain\"\nSecMarker X", 2, "inside of a chain");
    refused("SecRule ARGS \"@rx a\" \"id:1,chain\"", 1, "ends inside of a chain");
    refused("SecRule !ARGS \"@rx a\" \"id:1\"", 1, "no target");
}

#[test]
fn updates_and_removals_reach_every_rule() {
    let set = parse(
        "SecRuleUpdateTargetById 1-3 \"!ARGS:x\"\nSecRuleUpdateTargetByTag sql \"REQUEST_BODY\"\n\
         SecRule ARGS \"@rx a\" \"id:1,tag:'attack-sql'\"\nSecRule ARGS \"@rx a\" \"id:2,msg:'gone'\"\n\
         SecRuleRemoveByMsg gone\nSecRuleUpdateActionById 1 \"deny,status:429\"",
    )
    .unwrap();
    assert_eq!(set.len(), 1);
    let Item::Rule(rule) = &set.items[0] else { panic!("a rule comes first") };
    assert_eq!((rule.links[0].targets.len(), rule.links[0].exclusions.len(), rule.status), (2, 1, Some(429)));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = RuleSet::parse(&[Source { name: "f", text: &text }], &mut |_, _| Ok(Vec::new()));
    }

    #[test]
    fn no_rule_makes_the_reader_panic(targets in "[!&A-Z_:/|*a-z']{0,20}", operator in "[!@a-z]{0,6} [ -~]{0,20}", actions in "[a-z:,='%{}+.!]{0,40}") {
        let text = format!("SecRule {targets} \"{operator}\" \"id:1,{actions}\"");
        let _ = RuleSet::parse(&[Source { name: "f", text: text.as_bytes() }], &mut |_, _| Ok(b"x".to_vec()));
    }
}
