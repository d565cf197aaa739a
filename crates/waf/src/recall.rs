//! Requests whose like was let through, so that the rules are not asked about them again.
//!
//! A client's requests differ in their prompts and in little else, and prompts are no argument. Where the rules about
//! requests depend on nothing but the request's head and arguments, their silence about one request is their silence about
//! every other with the same head and the same arguments. A keyed hash of both is remembered.
//!
//! Invariants: only silence is remembered, never a match, nor a request of which a rule opened a store that outlives it;
//! what else the rules could depend on, a clock, a list of others, a prompt, makes the rule set one that nothing is remembered of; what is remembered is bounded, and cannot be
//! aimed at, since the key is random and never leaves the process.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::body::Pair;
use crate::engine::Step;
use crate::operator::{NumberTest, Operator, integer};
use crate::rule::{Change, Link, Phase, Rule, Target};
use crate::silence::{Place, Shown, SipKey};
use crate::template::{Piece, Template};
use crate::transaction::Connection;
use crate::value::Chain;
use crate::variable::Variable;

/// Answers at most; then all are forgotten, which costs what it cost to find them.
const KNOWN_MAX: usize = 16_384;
/// The header that says how long the body is: with every prompt another number.
pub(crate) const LENGTH: &[u8] = b"content-length";

/// What a connection says. The time since the request began is made of its name.
const CONNECTION: [Variable; 6] = [
    Variable::RemoteAddr,
    Variable::RemotePort,
    Variable::ServerAddr,
    Variable::ServerPort,
    Variable::UniqueId,
    Variable::Duration,
];

/// What stands for a request, or its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(u128);

/// What is known of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Whether a body behind it is read as JSON.
    pub(crate) reads_json: bool,
}

/// A question about the length of the body.
#[derive(Debug)]
struct Size {
    test: NumberTest,
    limit: i64,
}

/// What was let through so far.
#[derive(Debug)]
pub(crate) struct Recall {
    key: SipKey,
    known: Mutex<HashMap<Key, Head>>,
    /// False when the rules depend on more than head and arguments.
    is_possible: bool,
    /// Whether the connection is among what they depend on: the client's address, the name of the request.
    reads_connection: bool,
    /// What they ask about the length of the body.
    sizes: Vec<Size>,
    /// Whether `Content-Length` matters no further than to the rules that are asked about it alone.
    frees_length: bool,
}

impl Recall {
    /// Finds out what the rules about requests depend on. `reads_prompts`: whether prompts are among it.
    pub(crate) fn new(phases: &[Vec<Step>; 5], reads_prompts: bool) -> Self {
        let requests = [Phase::RequestHeaders, Phase::RequestBody];
        let rules = || requests.iter().flat_map(|phase| &phases[phase.index()]).map(|step| &step.rule);
        let links = || rules().flat_map(|rule| &rule.links);
        let reads = |variable| links().any(|link| variables(link).any(|known| known == variable));
        Self {
            key: SipKey::default(),
            known: Mutex::default(),
            is_possible: !reads_prompts && links().all(depends_on_the_request_alone),
            reads_connection: CONNECTION.into_iter().any(reads),
            sizes: links().filter_map(size).collect(),
            frees_length: rules().all(frees_length),
        }
    }

    pub(crate) const fn is_possible(&self) -> bool {
        self.is_possible
    }

    pub(crate) const fn frees_length(&self) -> bool {
        self.frees_length
    }

    /// What stands for a head: what is before the body's length, the length unless it does not matter, and the rest.
    pub(crate) fn head(&self, connection: &Connection, before: &[u8], length: Option<&[u8]>, after: &[u8]) -> Key {
        let mut hasher = self.key.hasher();
        if self.reads_connection {
            for name in [&connection.client, &connection.server, &connection.unique_id] {
                text(&mut hasher, name.as_bytes());
            }
            hasher.write_u16(connection.client_port);
            hasher.write_u16(connection.server_port);
        }
        text(&mut hasher, before);
        hasher.write_u8(u8::from(length.is_some()));
        text(&mut hasher, length.unwrap_or_default());
        text(&mut hasher, after);
        Key(hasher.finish128().as_u128())
    }

    /// What stands for a head with the arguments of its body, `None` without a body, and what is asked of its length.
    pub(crate) fn whole(&self, head: Key, arguments: Option<&[Pair]>, length: usize) -> Key {
        let mut hasher = self.key.hasher();
        hasher.write_u128(head.0);
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        self.sizes.iter().for_each(|size| hasher.write_u8(u8::from(size.test.holds(length, size.limit))));
        hasher.write_u8(u8::from(arguments.is_some()));
        for pair in arguments.unwrap_or_default() {
            text(&mut hasher, &pair.name);
            text(&mut hasher, &pair.value);
        }
        Key(hasher.finish128().as_u128())
    }

    pub(crate) fn get(&self, key: Key) -> Option<Head> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    pub(crate) fn learn(&self, key: Key, head: Head) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(key, head);
    }
}

fn text(hasher: &mut SipHasher13, text: &[u8]) {
    hasher.write_usize(text.len());
    hasher.write(text);
}

/// Everything a link reads: its targets, and the macros of its operator and its changes.
fn variables(link: &Link) -> impl Iterator<Item = Variable> {
    let operator = match &link.operator {
        Operator::Text(_, template) | Operator::Number(_, template) | Operator::RegexTemplate(template) => {
            Some(template)
        }
        _ => None,
    };
    let changes = link.changes.iter().flat_map(templates);
    let macros = operator.into_iter().chain(changes).flat_map(Template::pieces);
    let macros = macros.filter_map(|piece| if let Piece::Variable(target) = piece { Some(target) } else { None });
    link.targets.iter().chain(macros).map(|target: &Target| target.variable)
}

fn templates(change: &Change) -> [&Template; 2] {
    match change {
        Change::Set { name, value, .. } | Change::Add { name, value, .. } | Change::Subtract { name, value, .. } => {
            [name, value]
        }
        Change::Unset { name, .. } => [name, name],
        Change::Expire { name, seconds, .. } => [name, seconds],
        Change::Open { key, .. } => [key, key],
    }
}

fn depends_on_the_request_alone(link: &Link) -> bool {
    let asks_outside = matches!(link.operator, Operator::Geo | Operator::Blocklist(_));
    let is_free = |variable| match variable {
        Variable::TimeEpoch | Variable::Geo | Variable::Prompt => true,
        Variable::RequestBodyLength | Variable::FullRequestLength => size(link).is_none(),
        _ => false,
    };
    !asks_outside && !variables(link).any(is_free)
}

/// What a link asks about the body's length, when it asks for nothing else.
fn size(link: &Link) -> Option<Size> {
    let ([target], Operator::Number(test, template)) = (link.targets.as_slice(), &link.operator) else { return None };
    let is_length = matches!(target.variable, Variable::RequestBodyLength | Variable::FullRequestLength);
    let is_plain = is_length && !target.is_count && link.chain == Chain::NONE;
    let limit = template.fixed().filter(|_| is_plain && variables(link).count() == 1)?;
    Some(Size { test: *test, limit: integer(limit) })
}

/// Whether a rule sees no more of the body's length than its links say of the number alone.
fn frees_length(rule: &Rule) -> bool {
    let expands_headers = |link: &Link| {
        let own = link.targets.iter().filter(|target| target.variable == Variable::RequestHeaders).count();
        variables(link).filter(|variable| *variable == Variable::RequestHeaders).count() > own
    };
    rule.links.iter().all(|link| {
        (link.is_pure() || link.looks_at(Place::Headers, LENGTH).all(|shown| shown == Shown::Name))
            && !expands_headers(link)
    })
}
