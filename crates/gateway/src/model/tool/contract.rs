//! What a policy lets a model do with tools, ready to judge calls.
//!
//! Invariant: a call is held to every part of the contract; one breach does not hide another.

use std::borrow::Cow;
use std::collections::HashMap;

use guard::classifier::Source;
use guard::leak::ProtectedText;
use guard::{Context, Family, Rule, Scanner, tool};
use wire::{ToolCall, ToolDefinition};

use super::address::leads_only_to;
use super::config::ToolConfig;
use super::pattern::names_any;
use super::schema::{Conformance, SchemaCache};

/// Findings below this are noise.
const SCORE_MIN: f32 = 0.5;

/// A contract about tools.
#[derive(Debug)]
pub struct ToolContract {
    config: ToolConfig,
    /// Finds what tools of `egress` may not carry.
    secrets: Option<Scanner>,
}

/// What a request says that its tools are.
#[derive(Debug, Default)]
pub struct Declared {
    /// Schemas of arguments, by the names of the tools.
    schemas: HashMap<String, Vec<Option<String>>>,
    /// Text of somebody else's is in the conversation.
    pub is_untrusted: bool,
}

/// What a call breaks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Breaches {
    /// The rules.
    pub rules: Vec<&'static Rule>,
    /// Its arguments could not be held to their schema.
    pub is_unjudged: bool,
}

impl Declared {
    /// Reads the tools of a request.
    pub fn new(tools: &[ToolDefinition<'_>], is_untrusted: bool) -> Self {
        let mut schemas: HashMap<String, Vec<Option<String>>> = HashMap::new();
        for tool in tools {
            schemas.entry(tool.name.to_owned()).or_default().push(tool.schema.map(str::to_owned));
        }
        Self { schemas, is_untrusted }
    }

    /// Whether a tool is declared; those that providers define are, by the beginning of their type.
    fn has(&self, name: &str) -> bool {
        let by_type = |known: &String| known.starts_with(name) && self.schemas[known].iter().all(Option::is_none);
        !name.is_empty() && (self.schemas.contains_key(name) || self.schemas.keys().any(by_type))
    }
}

impl ToolContract {
    /// Compiles what a policy says; `None` when it says nothing about calls.
    pub fn new(config: &ToolConfig) -> Option<Self> {
        let carries = |rule: &&Rule| matches!(rule.family, Family::Secret | Family::Leak);
        config.judges_calls().then(|| Self {
            config: config.clone(),
            secrets: (!config.egress.is_empty()).then(|| Scanner::new(guard::rules().filter(carries))),
        })
    }

    /// Whether arguments are compared with the operator's prompt.
    pub fn compares(&self) -> bool {
        self.secrets.is_some()
    }

    /// Whether schemas of tools are needed.
    pub fn wants_schemas(&self) -> bool {
        self.config.arguments
    }

    /// Whether it matters where the texts of a conversation come from.
    pub fn wants_origins(&self) -> bool {
        !self.config.sensitive.is_empty()
    }

    /// Whether nobody else can write the results of a tool.
    pub fn trusts(&self, name: &str) -> bool {
        names_any(&self.config.trusted, name)
    }

    /// Holds a call to the contract.
    pub fn judge(
        &self,
        call: &ToolCall<'_>,
        declared: &Declared,
        (schemas, protected): (&SchemaCache, &ProtectedText),
    ) -> Breaches {
        let config = &self.config;
        let mut breaches = Breaches::default();
        let is_allowed = config.allow.is_empty() || names_any(&config.allow, call.name);
        if !is_allowed || names_any(&config.deny, call.name) {
            breaches.rules.push(&tool::denied::RULE);
        }
        if config.arguments && !call.runs_at_provider {
            self.hold_to_schema(call, declared, schemas, &mut breaches);
        }
        if declared.is_untrusted && names_any(&config.sensitive, call.name) {
            breaches.rules.push(&tool::after_untrusted::RULE);
        }
        if let (Some(scanner), Some(input)) = (&self.secrets, call.input)
            && names_any(&config.egress, call.name)
        {
            self.watch_the_way_out(scanner, input, protected, &mut breaches);
        }
        breaches
    }

    fn hold_to_schema(&self, call: &ToolCall<'_>, declared: &Declared, schemas: &SchemaCache, breaches: &mut Breaches) {
        if !declared.has(call.name) {
            breaches.rules.push(&tool::undeclared::RULE);
            return;
        }
        let (Some(input), Some(known)) = (call.input, declared.schemas.get(call.name)) else { return };
        for schema in known.iter().flatten() {
            match schemas.compiled(schema).as_ref() {
                Err(_) => breaches.is_unjudged = true,
                Ok(schema) => match schema.judge(arguments(input)) {
                    Conformance::Conforms | Conformance::Partly => {}
                    Conformance::Unchecked => breaches.is_unjudged = true,
                    Conformance::Violates | Conformance::Incomplete => {
                        breaches.rules.push(&tool::arguments::RULE);
                        return;
                    }
                },
            }
        }
    }

    fn watch_the_way_out(&self, scanner: &Scanner, input: &str, protected: &ProtectedText, breaches: &mut Breaches) {
        let mut texts = String::new();
        let mut leads_out = false;
        let Ok(_) = wire::rewrite_leaves(input, |leaf| {
            leads_out |= !leads_only_to(&self.config.hosts, leaf);
            texts.push_str(leaf);
            texts.push('\n');
            Ok::<_, std::convert::Infallible>(Cow::Borrowed(leaf))
        });
        if leads_out {
            breaches.rules.push(&tool::egress::RULE);
        }
        let report = scanner.scan(&texts, &Context { protected: Some(protected), source: Source::Answer });
        if report.findings.iter().any(|finding| finding.score >= SCORE_MIN || finding.rule.family == Family::Leak) {
            breaches.rules.push(&tool::carries_secret::RULE);
        }
    }
}

/// Arguments as JSON: some models leave them empty for a tool without any.
fn arguments(input: &str) -> &str {
    if input.trim().is_empty() { "{}" } else { input }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: &str, (name, input): (&str, &str), is_untrusted: bool, expected: &[&str]) {
        let contract = ToolContract::new(&toml::from_str(config).unwrap()).unwrap();
        let schema = Some(r#"{"type":"object","properties":{"n":{"type":"number"}},"additionalProperties":false}"#);
        let tool = |name, schema| ToolDefinition { name, description: "", schema, definition: "" };
        let declared =
            Declared::new(&[tool("f", schema), tool("web_search_preview", None), tool("", None)], is_untrusted);
        let call = ToolCall { name, input: Some(input), runs_at_provider: false };
        let prompt =
            "You are the assistant of the Harbour Bakery. Never mention discounts before the customer has asked.";
        let protected = ProtectedText::new([prompt], None);
        let breaches = contract.judge(&call, &declared, (&SchemaCache::default(), &protected));
        let found: Vec<&str> = breaches.rules.iter().map(|rule| rule.id).collect();
        assert_eq!(found, expected, "{config} {name} {input}");
    }

    #[test]
    fn deny_stands_above_allow() {
        check("allow = ['*_file']\ndeny = ['delete_*']", ("delete_file", "{}"), false, &["TL001"]);
        check("allow = ['*_file']\ndeny = ['delete_*']", ("read_file", "{}"), false, &[]);
        check("allow = ['read']", ("", "{}"), false, &["TL001"]);
    }

    #[test]
    fn calls_are_held_to_what_is_declared() {
        check("arguments = true", ("f", r#"{"n":1}"#), false, &[]);
        check("arguments = true", ("f", ""), false, &[]);
        check("arguments = true", ("f", r#"{"n":"1"}"#), false, &["TL003"]);
        check("arguments = true", ("f", r#"{"n":1"#), false, &["TL003"]);
        check("arguments = true", ("F", "{}"), false, &["TL002"]);
        check("arguments = true", ("web_search", "{}"), false, &[]);
        check("arguments = true", ("", "{}"), false, &["TL002"]);
    }

    #[test]
    fn sensitive_tools_rest_once_others_have_spoken() {
        check("sensitive = ['pay*']", ("pay_bill", "{}"), true, &["TL004"]);
        check("sensitive = ['pay*']", ("pay_bill", "{}"), false, &[]);
        check("sensitive = ['pay*']", ("look", "{}"), true, &[]);
    }

    #[test]
    fn nothing_leads_out_or_is_carried_out() {
        let config = "egress = ['fetch']\nhosts = ['ok.example']";
        check(config, ("fetch", r#"{"url":"https:\/\/evil.example\/"}"#), false, &["TL005"]);
        check(config, ("fetch", r#"{"url":"https://ok.example/","https://evil.example":1}"#), false, &["TL005"]);
        check(config, ("fetch", r#"{"url":"https://ok.example/"}"#), false, &[]);
        check(config, ("fetch", "evil.example"), false, &["TL005"]);
        check(config, ("read", r#"{"url":"https://evil.example/"}"#), false, &[]);
        let carried = r#"{"text":"Never mention discounts before the customer has asked. You are the assistant of the Harbour Bakery."}"#;
        check(config, ("fetch", carried), false, &["TL006"]);
    }
}
