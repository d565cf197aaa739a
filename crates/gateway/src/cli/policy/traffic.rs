//! What a policy is tried on: exchanges of the audit log, or lines of a file.

use std::collections::HashMap;
use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::{Limits, Request, Surface};

use crate::app::State;
use crate::auth::key::KeyInfo;
use crate::data::audit::kept::{Content, Exchange};
use crate::model::policy::config::Stage;

/// Something to judge.
pub(super) struct Item {
    /// Its entry in the audit log, or its line in the file.
    pub(super) id: String,
    /// Who asked for it.
    pub(super) caller: Caller,
    /// What it is, or why it cannot be judged.
    pub(super) what: Result<What, Missing>,
}

/// What is judged.
pub(super) enum What {
    /// A request, the answer that its client got, and whether a policy stopped it then.
    Exchange { request: Box<Request>, answer: Option<Vec<u8>>, was_blocked: bool },
    /// A text without a request around it.
    Text { text: String, stage: Stage },
}

/// Who asked, as far as scopes are concerned.
#[derive(Debug, Clone, Default)]
pub(super) struct Caller {
    pub(super) key: String,
    pub(super) app: Option<String>,
    pub(super) roles: Vec<String>,
}

/// Why something was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// `audit.content` was `none`.
    ContentNotKept,
    /// It was kept, and was erased or does not open.
    ContentGone,
    /// It is longer than what is kept, or not a request.
    Unreadable,
    /// It was refused before a policy was picked: no key, no permission, beyond a limit.
    Refused,
    /// It asked for a moderation, which thresholds decide and no lines.
    Moderation,
    /// Its answer was stopped, and what was stopped is not kept.
    AnswerStopped,
}

impl Missing {
    /// For people.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::ContentNotKept => "their content was not kept (audit.content)",
            Self::ContentGone => "their content was erased or does not open",
            Self::Unreadable => "what is kept of them is cut off or not a request",
            Self::Refused => "they were refused before a policy was asked",
            Self::Moderation => "they asked for moderations, which no line decides",
            Self::AnswerStopped => "their answers were stopped and are not kept",
        }
    }
}

/// Who calls, by the ids that entries name.
pub(super) struct Callers<'s> {
    state: &'s State,
    keys: HashMap<String, KeyInfo>,
}

impl<'s> Callers<'s> {
    pub(super) async fn of(state: &'s State) -> anyhow::Result<Self> {
        let keys = state.keys.list().await?.into_iter().map(|key| (key.id.clone(), key)).collect();
        Ok(Self { state, keys })
    }

    fn find(&self, actor: &str, tenant: &str) -> Caller {
        let key = self.keys.get(actor);
        let owner = key.map(|key| key.owner.as_str());
        Caller {
            key: key.map_or(actor, |key| &key.name).to_owned(),
            app: key.and_then(|key| key.app.clone()),
            roles: self.state.access.roles_held(actor, owner, tenant),
        }
    }

    /// What an entry of the audit log has to be judged.
    pub(super) fn item(&self, exchange: Exchange) -> Item {
        let text = |name: &str| exchange.entry[name].as_str().unwrap_or_default();
        let caller = self.find(text("actor"), text("tenant"));
        Item { id: exchange.place.to_string(), caller, what: recorded(exchange) }
    }
}

fn recorded(exchange: Exchange) -> Result<What, Missing> {
    let detail = &exchange.entry["detail"];
    if detail["policy"].as_str().is_none_or(str::is_empty) {
        return Err(Missing::Refused);
    }
    let surface = Surface::ALL.into_iter().find(|surface| detail["surface"] == surface.path());
    if surface == Some(Surface::Moderations) {
        return Err(Missing::Moderation);
    }
    let body = match exchange.request {
        Content::Kept(body) => body,
        Content::NotKept => return Err(Missing::ContentNotKept),
        Content::Gone => return Err(Missing::ContentGone),
    };
    let request = surface.and_then(|surface| parsed(surface, body)).ok_or(Missing::Unreadable)?;
    let outcome = detail["outcome"].as_str().unwrap_or_default();
    let answer = match exchange.answer {
        Content::Kept(answer) if matches!(outcome, "allowed" | "masked") => Some(answer.into_bytes()),
        _ => None,
    };
    let was_blocked = matches!(outcome, "blocked" | "held");
    Ok(What::Exchange { request: Box::new(request), answer, was_blocked })
}

/// A line of a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Bare(String),
    Text {
        text: String,
        #[serde(default = "input")]
        stage: Stage,
    },
    Exchange {
        request: Value,
        #[serde(default = "chat")]
        surface: String,
        #[serde(default)]
        answer: Option<Value>,
    },
}

fn input() -> Stage {
    Stage::Input
}

fn chat() -> String {
    Surface::ChatCompletions.path().to_owned()
}

/// Reads the lines of a file.
pub(super) fn lines(file: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Item>>> {
    let opened = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lines = std::io::BufReader::new(opened).lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    Ok(lines.map(|(index, line)| {
        let number = index + 1;
        let what = read(&line?).with_context(|| {
            format!(
                "line {number} is none of \"text\", {{\"text\"[, \"stage\"]}} and {{\"request\"[, \"surface\", \"answer\"]}}"
            )
        })?;
        Ok(Item { id: number.to_string(), caller: Caller::default(), what: Ok(what) })
    }))
}

fn read(line: &str) -> anyhow::Result<What> {
    Ok(match serde_json::from_str(line)? {
        Line::Bare(text) => What::Text { text, stage: Stage::Input },
        Line::Text { text, stage } => What::Text { text, stage },
        Line::Exchange { request, surface, answer } => {
            let route = Surface::ALL.into_iter().find(|known| known.path() == surface);
            let route = route.with_context(|| format!("there is no surface `{surface}`"))?;
            let request = parsed(route, request.to_string()).context("the request is not one of its surface")?;
            let answer = answer.map(|answer| match answer {
                Value::String(stream) => stream.into_bytes(),
                answer => answer.to_string().into_bytes(),
            });
            What::Exchange { request: Box::new(request), answer, was_blocked: false }
        }
    })
}

fn parsed(surface: Surface, body: String) -> Option<Request> {
    let limits = Limits { bytes: body.len(), ..Limits::default() };
    Request::parse(surface, body.into(), &limits).ok()
}
