//! A folder that was opened: tokenizer, windows, engine, labels.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::folder::{Broken, Folder};
use crate::label::Attack;
use crate::settings::{ModelConfig, Scale, Settings};
use crate::tokens::{Tokens, pieces};
use crate::window::{Cutter, Window};
use crate::{About, Budget, Failed, Judge, Judged, selftest};

/// Windows that one inference judges. More are hardly faster on a core, and none can be stopped.
const BATCH_WINDOWS_MAX: usize = 4;
/// About how long a token is, to find as much text around a place as fills a window.
const TOKEN_BYTES: usize = 4;
/// Inferences that are timed when it is opened; the fastest counts.
const TRIALS: usize = 3;

/// An opened classifier.
#[derive(Debug)]
pub(crate) struct Classifier {
    tokens: Tokens,
    engine: Engine,
    attack: Attack,
    labels: usize,
    scale: Scale,
    temperature: f32,
    about: About,
}

/// A text that is being judged.
struct Run<'c> {
    classifier: &'c Classifier,
    budget: &'c Budget,
    waiting: Vec<Window>,
    /// How long a window takes here and now.
    window_time: Duration,
    judged: Judged,
}

impl Classifier {
    /// Opens a folder.
    ///
    /// # Errors
    /// See [`crate::open`].
    pub(crate) fn open(settings: &Settings) -> Result<Self, Broken> {
        let folder = Folder::read(&settings.path)?;
        folder.check(settings.sha256.as_deref())?;
        let config = ModelConfig::parse(&folder.config)?;
        let attack = Attack::of(&config.labels, &settings.attack_labels)?;
        let about = About {
            family: config.family,
            sha256: folder.sha256,
            attack_labels: attack.side(&config.labels, true),
            harmless_labels: attack.side(&config.labels, false),
            window_tokens: config.window_tokens,
            window_time: Duration::ZERO,
        };
        let mut classifier = Self {
            tokens: Tokens::parse(&folder.tokenizer)?,
            engine: Engine::load(folder.model, config.pad_token_id, settings.threads)?,
            attack,
            labels: config.labels.len(),
            scale: config.scale,
            temperature: settings.temperature,
            about,
        };
        selftest::run(&classifier)?;
        classifier.about.window_time = classifier.time_a_window().map_err(Broken::SelfTest)?;
        Ok(classifier)
    }

    /// Tokens of a window, without those that frame it.
    fn size(&self) -> usize {
        self.about.window_tokens - self.tokens.before.len() - self.tokens.after.len()
    }

    /// How long a full window takes.
    fn time_a_window(&self) -> Result<Duration, Failed> {
        let text = "a b ".repeat(self.size());
        let ids = self.tokens.of(&text, 0..text.len())?.into_iter().map(|token| token.id);
        let row = self.framed(ids.take(self.size()).collect());
        let mut fastest = Duration::MAX;
        for _ in 0..TRIALS {
            let begun = Instant::now();
            self.engine.run(std::slice::from_ref(&row))?;
            fastest = fastest.min(begun.elapsed());
        }
        Ok(fastest)
    }

    fn framed(&self, ids: Vec<u32>) -> Vec<u32> {
        [&self.tokens.before[..], &ids, &self.tokens.after].concat()
    }

    /// The probability of an attack, of each window.
    fn scores(&self, windows: &[Window]) -> Result<Vec<f32>, Failed> {
        let rows: Vec<Vec<u32>> = windows.iter().map(|window| self.framed(window.ids.clone())).collect();
        let logits = self.engine.run(&rows)?;
        let asked = windows.len() * self.labels;
        if logits.len() != asked {
            return Err(Failed::Shape { given: logits.len(), asked });
        }
        logits.chunks(self.labels).map(|row| self.probability(row)).collect()
    }

    fn probability(&self, logits: &[f32]) -> Result<f32, Failed> {
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Err(Failed::NotANumber);
        }
        let scaled = logits.iter().map(|logit| logit / self.temperature);
        let weigh = |weights: Vec<f32>| {
            let attack = weights.iter().enumerate().filter(|(column, _)| self.attack.speaks(*column));
            (attack.map(|(_, weight)| *weight).sum::<f32>(), weights.iter().sum::<f32>())
        };
        let score = match self.scale {
            Scale::Softmax => {
                let highest = scaled.clone().fold(f32::MIN, f32::max);
                let (attack, all) = weigh(scaled.map(|logit| (logit - highest).exp()).collect());
                attack / all
            }
            Scale::Sigmoid => {
                let each = scaled.map(|logit| 1.0 / (1.0 + (-logit).exp())).enumerate();
                each.filter(|(column, _)| self.attack.speaks(*column)).map(|(_, score)| score).fold(0.0, f32::max)
            }
        };
        if score.is_finite() { Ok(score.clamp(0.0, 1.0)) } else { Err(Failed::NotANumber) }
    }
}

impl Judge for Classifier {
    fn judge(&self, text: &str, hint: Option<Range<usize>>, budget: &Budget) -> Result<Judged, Failed> {
        let judged = Judged { score: 0.0, span: 0..0, windows: 0, is_whole: true };
        let window_time = self.about.window_time;
        let mut run = Run { classifier: self, budget, waiting: Vec::new(), window_time, judged };
        run.look_first(text, hint)?;
        let mut cutter = Cutter::new(self.size());
        for piece in pieces(text) {
            run.judged.is_whole &= budget.allows(Duration::ZERO);
            if !run.judged.is_whole {
                return Ok(run.judged(text));
            }
            cutter.push(self.tokens.of(text, piece)?);
            while let Some(window) = cutter.full() {
                run.take(window)?;
            }
        }
        if let Some(window) = cutter.rest() {
            run.take(window)?;
        }
        run.end()?;
        Ok(run.judged(text))
    }

    fn about(&self) -> &About {
        &self.about
    }
}

impl Run<'_> {
    /// Judges the surroundings of a place before all else, where the text is longer than they are.
    fn look_first(&mut self, text: &str, hint: Option<Range<usize>>) -> Result<(), Failed> {
        let size = self.classifier.size();
        let reach = size * TOKEN_BYTES / 2;
        let Some(hint) = hint.filter(|_| text.len() > 4 * reach) else { return Ok(()) };
        let middle = hint.start.midpoint(hint.end).min(text.len());
        let from = text.floor_char_boundary(middle.saturating_sub(reach));
        let to = text.ceil_char_boundary((middle + reach).min(text.len()));
        let tokens = self.classifier.tokens.of(text, from..to)?;
        let nearest = tokens.iter().position(|token| token.span.end > middle).unwrap_or(0);
        let start = nearest.saturating_sub(size / 2).min(tokens.len().saturating_sub(size));
        let mut cutter = Cutter::new(size);
        cutter.push(tokens.into_iter().skip(start).take(size));
        self.waiting.extend(cutter.full().or_else(|| cutter.rest()));
        self.end()
    }

    fn take(&mut self, window: Window) -> Result<(), Failed> {
        self.waiting.push(window);
        if self.waiting.len() >= BATCH_WINDOWS_MAX { self.end() } else { Ok(()) }
    }

    /// Judges what waits, as many windows at a time as end in time.
    fn end(&mut self) -> Result<(), Failed> {
        while !self.waiting.is_empty() && self.judged.is_whole {
            let fits = |windows: &usize| self.budget.allows(self.window_time * *windows as u32);
            let Some(windows) = (1..=self.waiting.len()).rev().find(fits) else {
                self.judged.is_whole = false;
                break;
            };
            let batch: Vec<Window> = self.waiting.drain(..windows).collect();
            let begun = Instant::now();
            let scores = self.classifier.scores(&batch)?;
            self.window_time = self.window_time.max(begun.elapsed() / windows as u32);
            for (window, score) in batch.into_iter().zip(scores) {
                if self.judged.windows == 0 || score > self.judged.score {
                    (self.judged.score, self.judged.span) = (score, window.span);
                }
                self.judged.windows += 1;
            }
        }
        Ok(())
    }

    /// What came of it, on character boundaries.
    fn judged(mut self, text: &str) -> Judged {
        let span = &mut self.judged.span;
        *span = text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end.min(text.len()));
        self.judged
    }
}
