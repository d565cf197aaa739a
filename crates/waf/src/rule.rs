//! A rule as the engine runs it.

use std::sync::Arc;

use crate::operator::Operator;
use crate::pattern::Pattern;
use crate::prefilter::Probe;
use crate::template::Template;
use crate::value::Chain;
use crate::variable::{Store, Variable};

/// A rule: one link, or several that must all match.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: u32,
    pub(crate) phase: Phase,
    pub(crate) links: Vec<Link>,
    pub(crate) about: About,
    pub(crate) effect: Effect,
    pub(crate) status: Option<u16>,
    pub(crate) skip: Option<Skip>,
    /// False for `nolog`: the rule works in silence.
    pub(crate) is_logged: bool,
    pub(crate) file: Arc<str>,
    pub(crate) line: usize,
}

/// What a rule says about itself.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) message: Option<Template>,
    pub(crate) logdata: Option<Template>,
    pub(crate) severity: Option<u8>,
    pub(crate) tags: Vec<Box<str>>,
}

/// When a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    RequestHeaders = 1,
    RequestBody,
    ResponseHeaders,
    ResponseBody,
    Logging,
}

impl Phase {
    pub(crate) const ALL: [Phase; 5] =
        [Phase::RequestHeaders, Phase::RequestBody, Phase::ResponseHeaders, Phase::ResponseBody, Phase::Logging];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "1" => Phase::RequestHeaders,
            "2" | "request" => Phase::RequestBody,
            "3" => Phase::ResponseHeaders,
            "4" | "response" => Phase::ResponseBody,
            "5" | "logging" => Phase::Logging,
            _ => return None,
        })
    }

    pub(crate) fn index(self) -> usize {
        self as usize - 1
    }
}

/// What a match does to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Pass,
    Deny,
    Allow(AllowScope),
}

/// How far `allow` reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllowScope {
    Transaction,
    Phase,
    Request,
}

/// Where to go on after a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    /// To the marker, or behind the rule, of this name.
    After(Box<str>),
    /// Over this many rules.
    Count(usize),
}

/// One `SecRule` or `SecAction`.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) targets: Vec<Target>,
    /// The targets written with `!`.
    pub(crate) exclusions: Vec<Target>,
    pub(crate) operator: Operator,
    pub(crate) is_negated: bool,
    pub(crate) chain: Chain,
    pub(crate) is_multi_match: bool,
    pub(crate) captures: bool,
    pub(crate) changes: Vec<Change>,
    pub(crate) controls: Vec<Control>,
    pub(crate) probe: Option<Probe>,
    /// Which union of values answers for this link before it looks at one, see `transaction::evaluate`.
    pub(crate) group: Option<u16>,
}

/// A variable, and which of its entries.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) variable: Variable,
    pub(crate) selector: Selector,
    /// `&`: how many there are, instead of what they say.
    pub(crate) is_count: bool,
}

/// Which entries of a collection. Names are compared without case.
#[derive(Clone, Debug)]
pub(crate) enum Selector {
    All,
    Name(Box<[u8]>),
    Matching(Arc<Pattern>, Box<str>),
}

impl Selector {
    pub(crate) fn selects(&self, name: &[u8]) -> bool {
        match self {
            Selector::All => true,
            Selector::Name(wanted) => wanted.eq_ignore_ascii_case(name),
            Selector::Matching(pattern, _) => pattern.is_match(name),
        }
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Selector::All, Selector::All) => true,
            (Selector::Name(one), Selector::Name(two)) => one == two,
            (Selector::Matching(_, one), Selector::Matching(_, two)) => one == two,
            _ => false,
        }
    }
}

impl Target {
    /// True when an exclusion like this one leaves out the entry `name` of `variable`.
    pub(crate) fn leaves_out(&self, variable: Variable, name: &[u8]) -> bool {
        covers(self.variable, variable) && self.selector.selects(name)
    }
}

/// `!ARGS:x` also leaves out `x` of `ARGS_GET` and `ARGS_POST`, which are the same entries.
fn covers(excluded: Variable, variable: Variable) -> bool {
    excluded == variable
        || matches!((excluded, variable), (Variable::Args, Variable::ArgsGet | Variable::ArgsPost))
        || matches!((excluded, variable), (Variable::ArgsNames, Variable::ArgsGetNames | Variable::ArgsPostNames))
}

/// A change of a variable: `setvar`, `expirevar`, `initcol`.
#[derive(Debug)]
pub(crate) enum Change {
    Set { store: Store, name: Template, value: Template },
    Add { store: Store, name: Template, value: Template },
    Subtract { store: Store, name: Template, value: Template },
    Unset { store: Store, name: Template },
    Expire { store: Store, name: Template, seconds: Template },
    Open { store: Store, key: Template },
}

/// A change of the engine for this one request: `ctl`.
#[derive(Clone, Debug)]
pub(crate) enum Control {
    Mode(Mode),
    RequestBodyAccess(bool),
    ResponseBodyAccess(bool),
    ForceRequestBody(bool),
    Processor(Processor),
    Remove(Rules),
    RemoveTarget(Rules, Target),
    /// About this engine's absent audit log: the gateway's own audit follows its own settings.
    Audit,
}

/// What the engine does with a rule that denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Denies.
    On,
    /// Runs every rule and lets everything pass.
    DetectionOnly,
    /// Runs nothing.
    Off,
}

impl Mode {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "on" => Mode::On,
            "detectiononly" => Mode::DetectionOnly,
            "off" => Mode::Off,
            _ => return None,
        })
    }
}

/// Who reads the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    UrlEncoded,
    Multipart,
    Xml,
    Json,
}

impl Processor {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "URLENCODED" => Processor::UrlEncoded,
            "MULTIPART" => Processor::Multipart,
            "XML" => Processor::Xml,
            "JSON" => Processor::Json,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Processor::UrlEncoded => "URLENCODED",
            Processor::Multipart => "MULTIPART",
            Processor::Xml => "XML",
            Processor::Json => "JSON",
        }
    }
}

/// Some rules of a set.
#[derive(Clone, Debug)]
pub(crate) enum Rules {
    /// Ranges of ids, ends included.
    Ids(Vec<(u32, u32)>),
    Tag(Arc<Pattern>),
    Message(Arc<Pattern>),
}

impl Rules {
    pub(crate) fn include(&self, id: u32, about: &About) -> bool {
        match self {
            Rules::Ids(ranges) => ranges.iter().any(|&(first, last)| (first..=last).contains(&id)),
            Rules::Tag(pattern) => about.tags.iter().any(|tag| pattern.is_match(tag.as_bytes())),
            Rules::Message(pattern) => about.message.as_ref().is_some_and(|text| pattern.is_match(text.source())),
        }
    }
}
