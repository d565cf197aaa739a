//! What a request and its policy agree on about the answer: the tools that may be called, and the form of the text.
//!
//! Empty, and made without a look at the request, where the policy asks for none of it.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use guard::leak::ProtectedText;
use guard::{Rule, answer, tool};
use wire::{Opaque, Provenance, Request, ToolCall};

use super::engine::Engine;
use crate::model::policy::config::Stage;
use crate::model::policy::verdict::Decision;
use crate::model::tool::complexity::Unusable;
use crate::model::tool::contract::{Declared, ToolContract};
use crate::model::tool::schema::{Conformance, Schema};

/// Calls whose verdict is remembered, because protocols repeat them.
const CALLS_MAX: usize = 4096;

/// What an answer that ends before its JSON does counts for.
const INCOMPLETE_SCORE: f32 = 0.6;

/// What was agreed on about one answer, and how it was kept.
#[derive(Debug, Default)]
pub struct Agreement {
    tools: Option<Declared>,
    judged: HashSet<u64>,
    hasher: RandomState,
    /// The schema that the answer was asked in.
    schema: Option<Arc<Result<Schema, Unusable>>>,
    conformance: Option<Conformance>,
}

/// What is said of a call or an answer.
#[derive(Debug, Default)]
pub struct Judged {
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// The rule that could not run.
    pub not_run: Option<&'static str>,
    /// And that its not running stops the answer.
    pub fails_closed: bool,
}

impl Agreement {
    /// Reads a request as far as its policy asks.
    pub fn of(engine: &Engine, request: &Request) -> Self {
        let tools = engine.contract.as_ref().map(|contract| {
            let listed = if contract.wants_schemas() { request.tools() } else { Vec::new() };
            Declared::new(&listed, contract.wants_origins() && is_untrusted(contract, request))
        });
        let schema = if engine.asks_schema { request.answer_schema() } else { None };
        let schema = schema.map(|schema| engine.schemas.compiled(schema));
        Self { tools, schema, ..Self::default() }
    }

    /// Treats the conversation as one that somebody else's text has entered, when it is too risky.
    pub fn distrusts(&mut self, is_risky: bool) {
        if let Some(declared) = &mut self.tools {
            declared.is_untrusted |= is_risky;
        }
    }

    /// Whether the answer's text has to be seen whole.
    pub fn has_schema(&self) -> bool {
        self.schema.is_some()
    }

    /// How the answer stands to the schema that it was asked in: the worst of its texts; `unchecked` when there was none
    /// to judge.
    pub fn conformance(&self) -> Option<&'static str> {
        self.schema.as_ref().map(|_| self.conformance.unwrap_or(Conformance::Unchecked).name())
    }

    /// Holds a call to the contract. A call that comes again is not judged again.
    pub fn call(&mut self, engine: &Engine, call: &ToolCall<'_>, protected: &ProtectedText) -> Judged {
        let (Some(contract), Some(declared)) = (&engine.contract, &mut self.tools) else { return Judged::default() };
        let key = self.hasher.hash_one((call.name, call.input, call.runs_at_provider, declared.is_untrusted));
        if self.judged.len() < CALLS_MAX && !self.judged.insert(key) {
            return Judged::default();
        }
        let breaches = contract.judge(call, declared, (&engine.schemas, protected));
        // What a tool at the provider brings, nobody sees.
        declared.is_untrusted |= call.runs_at_provider && !contract.trusts(call.name);
        let breach = |rule: &&'static Rule| engine.policy.breach(rule, (Stage::ToolCall, 1.0));
        let mut judged = Judged { decisions: breaches.rules.iter().filter_map(breach).collect(), ..Judged::default() };
        if breaches.is_unjudged {
            judged.cannot_run(engine, &tool::arguments::RULE, Stage::ToolCall);
        }
        judged
    }

    /// Holds a text of the answer, which is complete, to the schema that it was asked in.
    pub fn answer(&mut self, engine: &Engine, text: Option<&str>) -> Judged {
        let Some(schema) = &self.schema else { return Judged::default() };
        let found = match (schema.as_ref(), text) {
            (Ok(schema), Some(text)) => schema.judge(text),
            _ => Conformance::Unchecked,
        };
        self.conformance = Some(self.conformance.map_or(found, |known| worse(known, found)));
        let mut judged = Judged::default();
        let rule = &answer::schema::RULE;
        let score = match found {
            Conformance::Conforms | Conformance::Partly => return judged,
            Conformance::Unchecked => {
                judged.cannot_run(engine, rule, Stage::Output);
                return judged;
            }
            Conformance::Incomplete => INCOMPLETE_SCORE,
            Conformance::Violates => 1.0,
        };
        judged.decisions.extend(engine.policy.asked_breach(rule, (Stage::Output, score)));
        judged
    }
}

impl Judged {
    fn cannot_run(&mut self, engine: &Engine, rule: &'static Rule, stage: Stage) {
        self.not_run = Some(rule.id);
        self.fails_closed = engine.policy.breach_fails_closed(rule, stage);
    }
}

/// The one that says more against an answer.
fn worse(one: Conformance, other: Conformance) -> Conformance {
    let rank = |of: Conformance| match of {
        Conformance::Conforms => 0,
        Conformance::Partly => 1,
        Conformance::Unchecked => 2,
        Conformance::Incomplete => 3,
        Conformance::Violates => 4,
    };
    if rank(one) >= rank(other) { one } else { other }
}

/// Whether somebody else's text is in the conversation, or may be in a part of it that is out of sight.
fn is_untrusted(contract: &ToolContract, request: &Request) -> bool {
    let unseen = request.uninspectable().iter().any(|part| matches!(part.kind, Opaque::History | Opaque::File));
    let has = |who: Provenance| request.segments().iter().any(|segment| segment.provenance == who);
    let brought = || request.results().iter().any(|name| !name.is_some_and(|name| contract.trusts(name)));
    unseen || has(Provenance::Retrieved) || has(Provenance::ToolResult) && (request.results().is_empty() || brought())
}
