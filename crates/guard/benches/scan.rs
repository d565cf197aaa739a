//! What scanning costs, by kind of text: with every deterministic rule of the catalogue, and with the learned ones too. Divide a time by the KB in the throughput's
//! place: 100 MB/s are 10 µs per KB.

use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::BytesCount;
use guard::classifier::Head;
use guard::rule::Matcher;
use guard::stream::{Hold, Plan, StreamScanner};
use guard::text::{Budget, views};
use guard::{Context, Family, Rule, Scanner, rules};

mod text;

use text::{TEXTS, text};

fn main() {
    divan::main();
}

/// A token of a model, in bytes.
const TOKEN_BYTES: usize = 20;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(deterministic()));
static WHOLE: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(rules().filter(|rule| !rule.family.is_opt_in())));

fn deterministic() -> impl Iterator<Item = &'static Rule> {
    rules().filter(|rule| !rule.family.is_opt_in() && !matches!(rule.matcher, Matcher::Learned(_)))
}

#[divan::bench(args = TEXTS)]
fn scan_exact(bencher: Bencher, kind: &str) {
    let text = text(kind);
    SCANNER.scan_exact(&text);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| SCANNER.scan_exact(divan::black_box(&text)));
}

#[divan::bench(args = TEXTS)]
fn scan(bencher: Bencher, kind: &str) {
    let text = text(kind);
    SCANNER.scan(&text, &Context::default());
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| SCANNER.scan(divan::black_box(&text), &Context::default()));
}

/// As [`scan`], and what the learned rules say.
#[divan::bench(args = TEXTS)]
fn scan_whole(bencher: Bencher, kind: &str) {
    let text = text(kind);
    WHOLE.scan(&text, &Context::default());
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| WHOLE.scan(divan::black_box(&text), &Context::default()));
}

/// The part of [`scan`] that reads the text, without any rule.
#[divan::bench(args = TEXTS)]
fn build_views(bencher: Bencher, kind: &str) {
    let text = text(kind);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| views(divan::black_box(&text), &Budget::default()));
}

/// The part of [`scan_whole`] that the learned rules take, on the first view: one head, as for a prompt under the default
/// policy.
#[divan::bench(args = TEXTS)]
fn judge_learned(bencher: Bencher, kind: &str) {
    let text = text(kind).to_lowercase();
    let model = guard::classifier::embedded().expect("the model of the program passes its self-test");
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| model.judge_by(&[Head::Injection], divan::black_box(&text)));
}

/// What names and addresses cost on top, where a policy asks for them.
#[divan::bench(args = TEXTS)]
fn tag_names(bencher: Bencher, kind: &str) {
    let text = text(kind);
    let model = guard::entity::embedded().expect("the tagger of the program passes its self-test");
    bencher.counter(BytesCount::new(text.len())).bench_local(|| model.tag(divan::black_box(&text)));
}

/// All rules for personal data, those for names with them.
#[divan::bench(args = TEXTS)]
fn scan_personal(bencher: Bencher, kind: &str) {
    let text = text(kind);
    let is_personal = |rule: &&Rule| matches!(rule.family, Family::Pii | Family::Entity);
    let scanner = Scanner::new(rules().filter(is_personal));
    scanner.scan(&text, &Context::default());
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| scanner.scan(divan::black_box(&text), &Context::default()));
}

/// What a chat request carries: a question, and a page.
#[divan::bench(args = TEXTS, consts = [200, 4_096])]
fn scan_short<const LEN: usize>(bencher: Bencher, kind: &str) {
    let text = text(kind);
    let text = &text[..text.floor_char_boundary(LEN)];
    WHOLE.scan(text, &Context::default());
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| WHOLE.scan(divan::black_box(text), &Context::default()));
}

/// Only what can be held back is held: one `Scanner` for the exact rules, nothing buffered.
fn plan() -> Arc<Plan> {
    let exact = |rule: &guard::Rule| matches!(rule.stream_class(), guard::rule::StreamClass::Exact { .. });
    Arc::new(Plan::new(rules().map(|rule| (rule, if exact(rule) { Hold::Hold } else { Hold::Observe }))))
}

#[divan::bench(args = TEXTS)]
fn stream(bencher: Bencher, kind: &str) {
    let (text, plan) = (text(kind), plan());
    let mut tokens = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (token, after) = rest.split_at(rest.floor_char_boundary(TOKEN_BYTES));
        tokens.push(token);
        rest = after;
    }
    let run = || {
        let mut scanner = StreamScanner::new(plan.clone(), Arc::default(), None);
        let settled = tokens.iter().map(|token| scanner.push(token).settled).max();
        (settled, scanner.finish())
    };
    run();
    bencher.counter(BytesCount::new(text.len())).bench_local(run);
}

#[divan::bench]
fn build_scanner() -> Scanner {
    Scanner::new(rules())
}

#[divan::bench(sample_count = 20)]
fn build_plan() -> Plan {
    Plan::new(rules().map(|rule| (rule, Hold::Hold)))
}

/// A scan that has every pattern compiled that its text asks for. Patterns are compiled once in a process: says so only
/// when it runs alone.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn first_scan(bencher: Bencher) {
    let text = text("chat");
    bencher.with_inputs(|| Scanner::new(rules())).bench_local_refs(|scanner| scanner.scan(&text, &Context::default()));
}
