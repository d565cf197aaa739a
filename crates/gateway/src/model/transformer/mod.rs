//! The transformer tier: a classifier in a local folder that judges what the embedded tier is unsure of.
//!
//! Invariants: one text is judged at a time, on a thread of its own, and only so many wait; whoever asks gets an answer
//! or the reason why there is none, never a guess; what judges was pinned and passed its self-test.

pub mod config;
mod worker;

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use transformer::{Broken, Budget, Failed, Judge, Judged, open};

use config::TransformerConfig;
use worker::Worker;

/// Longer texts are judged around the place that is suspected.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// A classifier at work.
#[derive(Debug)]
pub struct Transformer {
    /// As written.
    pub config: TransformerConfig,
    judge: Arc<dyn Judge>,
    worker: Worker,
}

/// A text that the embedded tier is unsure of.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// The text, or the part of it that is not too long.
    text: String,
    /// Where that part begins.
    from: usize,
    is_cut: bool,
    /// Where the embedded tier found most.
    hint: Range<usize>,
    /// What was decoded from it, where the embedded tier found most in that.
    decoded: Option<String>,
}

/// What was said of a suspect.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The probability of an attack.
    pub score: f32,
    /// Where, in bytes of the text or of what was decoded from it.
    pub span: Range<usize>,
    /// It is a span of what was decoded.
    pub is_in_decoded: bool,
    /// Windows that were judged.
    pub windows: usize,
    /// All of it was judged.
    pub is_whole: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsaid {
    /// Too many wait.
    Full,
    /// Time is up.
    Late,
    /// The classifier failed.
    Failed,
}

impl Unsaid {
    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "queue_full",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

impl Suspect {
    /// A text with the place where the embedded tier found most, and what was decoded there if that is elsewhere.
    pub fn new(text: &str, hint: Range<usize>, decoded: Option<&str>) -> Self {
        let part = part(text, &hint);
        let from = part.start;
        let hint = hint.start.saturating_sub(from)..hint.end.saturating_sub(from);
        let mut is_cut = part.len() < text.len();
        let decoded = decoded.map(|decoded| {
            let part = self::part(decoded, &(0..0));
            is_cut |= part.len() < decoded.len();
            decoded[part].to_owned()
        });
        Self { is_cut, text: text[part].to_owned(), from, hint, decoded }
    }
}

/// As much of a text around a place as is judged.
fn part(text: &str, hint: &Range<usize>) -> Range<usize> {
    if text.len() <= TEXT_BYTES_MAX {
        return 0..text.len();
    }
    let last = text.len() - TEXT_BYTES_MAX;
    let from = hint.start.saturating_sub(TEXT_BYTES_MAX / 2).min(last);
    text.ceil_char_boundary(from)..text.floor_char_boundary(from + TEXT_BYTES_MAX)
}

/// Has a classifier judge a suspect, here and now.
///
/// # Errors
/// When it fails.
pub fn ask(judge: &dyn Judge, suspect: &Suspect, budget: &Budget) -> Result<Said, Failed> {
    let plain = judge.judge(&suspect.text, Some(suspect.hint.clone()), budget)?;
    let Judged { score, span, windows, is_whole } = plain;
    let span = suspect.from + span.start..suspect.from + span.end;
    let mut said = Said { score, span, is_in_decoded: false, windows, is_whole: is_whole && !suspect.is_cut };
    if let Some(decoded) = &suspect.decoded {
        let inner = judge.judge(decoded, None, budget)?;
        if inner.score > said.score {
            (said.score, said.span, said.is_in_decoded) = (inner.score, inner.span, true);
        }
        said.windows += inner.windows;
        said.is_whole &= inner.is_whole;
    }
    Ok(said)
}

impl Transformer {
    /// Opens the folder of a configuration.
    ///
    /// # Errors
    /// When it is not what was pinned, or is no classifier that tells attacks from harmless texts.
    pub fn open(config: &TransformerConfig) -> Result<Self, Broken> {
        let judge = open(&config.settings())?;
        let (window, budget) = (judge.about().window_time, config.budget());
        if window > budget {
            tracing::warn!(
                ?window,
                ?budget,
                "the transformer takes longer for one window than its budget: it will not judge"
            );
        }
        Ok(Self::with(judge, config.clone()))
    }

    /// The one that is open already, when nothing was changed about it; else opens it.
    ///
    /// # Errors
    /// As [`Transformer::open`].
    pub fn reopen(config: &TransformerConfig, before: Option<&Arc<Self>>) -> Result<Arc<Self>, Broken> {
        match before {
            Some(before) if before.config == *config => Ok(before.clone()),
            _ => Self::open(config).map(Arc::new),
        }
    }

    /// Puts a judge to work.
    pub fn with(judge: Arc<dyn Judge>, config: TransformerConfig) -> Self {
        Self { worker: Worker::start(judge.clone(), config.queue_max), judge, config }
    }

    /// The classifier, for whoever has a thread to spare.
    pub fn judge(&self) -> &Arc<dyn Judge> {
        &self.judge
    }

    /// Texts that wait or are judged.
    pub fn under_way(&self) -> usize {
        self.worker.under_way()
    }

    /// Has a suspect judged until the deadline.
    ///
    /// # Errors
    /// When it cannot be, with the reason.
    pub async fn ask(&self, suspect: Suspect, deadline: Instant) -> Result<Said, Unsaid> {
        self.worker.ask(suspect, deadline).await
    }
}
