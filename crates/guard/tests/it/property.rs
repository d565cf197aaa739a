//! What holds for every text. The fuzz targets try these on texts of their own making.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use guard::rule::StreamClass;
use guard::scan::Reason;
use guard::stream::{Hold, Piece, Plan, Step, StreamScanner};
use guard::{Context, Finding, Rule, Scanner, rules};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(rules()));

/// Exact rules hold, the others observe, so that text comes out as it is settled.
static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    let how = |rule: &Rule| match rule.stream_class() {
        StreamClass::Exact { .. } => Hold::Hold,
        StreamClass::Windowed { .. } | StreamClass::Final => Hold::Observe,
    };
    Arc::new(Plan::new(rules().map(|rule| (rule, how(rule)))))
});

/// Scans a text: spans are sound, no rule is left out, and a second look finds the same.
pub(crate) fn scan(text: &str) {
    let report = SCANNER.scan(text, &Context::default());
    for finding in &report.findings {
        let (id, span) = (finding.rule.id, finding.span.clone());
        assert!(span.start < span.end, "{id} found nothing at {span:?}");
        assert!(text.get(span.clone()).is_some(), "{id} found {span:?}, which is not on character boundaries");
        assert!((0.0..=1.0).contains(&finding.score), "{id} is {} sure", finding.score);
    }
    for left_out in &report.uninspected {
        assert!(text.get(left_out.span.clone()).is_some(), "{left_out:?} is not on character boundaries");
    }
    assert!(report.not_run.iter().all(|not_run| not_run.reason == Reason::NothingToCompare), "{:?}", report.not_run);
    for exact in SCANNER.scan_exact(text) {
        let same = |other: &Finding| other.rule == exact.rule && other.span == exact.span;
        assert!(report.findings.iter().any(same), "{exact:?} is not in the report");
    }
    let again = SCANNER.scan(text, &Context::default());
    assert_eq!(report.findings, again.findings, "a second look finds something else");
    assert_eq!(report.uninspected, again.uninspected, "a second look leaves out something else");
}

/// Streams a text in pieces: what comes out is the text, its matches are those of the whole text, and no cut changes either.
pub(crate) fn stream(text: &str) {
    let whole = run(text, &[]);
    assert_eq!(whole.text, text, "text was lost or made up");
    let exact: Vec<(&str, Range<usize>)> = places(&SCANNER.scan_exact(text));
    assert_eq!(whole.held, exact, "a stream finds something else than a scan");
    for seed in 0..3 {
        let cuts = cuts(text, seed);
        assert_eq!(run(text, &cuts), whole, "cut at {cuts:?}");
    }
}

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    text: String,
    held: Vec<(&'static str, Range<usize>)>,
    observed: Vec<(&'static str, Range<usize>)>,
}

impl Outcome {
    fn take(&mut self, step: Step) {
        for piece in step.pieces {
            match piece {
                Piece::Text(text) => self.text.push_str(&text),
                Piece::Match { findings, text, span } => {
                    assert_eq!(span, self.text.len()..self.text.len() + text.len(), "a match comes out in its place");
                    assert!(findings.iter().all(|f| span.start <= f.span.start && f.span.end <= span.end));
                    self.text.push_str(&text);
                    self.held.extend(places(&findings));
                }
            }
        }
        assert_eq!(self.text.len(), step.settled, "what is settled has come out");
        self.observed.extend(places(&step.observed));
    }
}

fn run(text: &str, cuts: &[usize]) -> Outcome {
    let mut scanner = StreamScanner::new(PLAN.clone(), Arc::default(), None);
    let mut outcome = Outcome::default();
    let mut at = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        outcome.take(scanner.push(&text[at..cut]));
        at = cut;
    }
    outcome.take(scanner.finish());
    outcome
}

fn places(findings: &[Finding]) -> Vec<(&'static str, Range<usize>)> {
    findings.iter().map(|finding| (finding.rule.id, finding.span.clone())).collect()
}

/// Cuts that follow from the text: few and far apart, about every twentieth byte, at every character.
fn cuts(text: &str, seed: u64) -> Vec<usize> {
    let mut state = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    let step = [(text.len() as u64 / 2).max(1), 20, 1][seed as usize % 3];
    let mut cuts = Vec::new();
    let mut at = 0;
    while at < text.len() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        at += 1 + (state % step) as usize;
        if at < text.len() && text.is_char_boundary(at) {
            cuts.push(at);
        }
    }
    cuts
}
