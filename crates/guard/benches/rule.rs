//! What each rule costs by itself, by kind of text, the dearest first: where to look when scanning is slow.
//!
//! A rule alone reads the views as all rules together do; what that costs is taken off.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use guard::text::{Budget, views};
use guard::{Context, Rule, Scanner, rules};

mod text;

use text::{TEXTS, text};

/// Rules of each text.
const SHOWN: usize = 8;
/// The best of so many runs.
const RUNS: usize = 40;

fn main() -> io::Result<()> {
    for kind in TEXTS {
        let text = text(kind);
        let reading = best(|| drop(views(divan::black_box(&text), &Budget::default())));
        let mut costs: Vec<(Duration, &Rule)> = rules().map(|rule| (alone(rule, &text, reading), rule)).collect();
        costs.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
        let per_kb = |time: Duration| time.as_secs_f64() * 1e6 / (text.len() as f64 / 1024.0);
        writeln!(io::stdout(), "{kind}: views {:.2} us/KB", per_kb(reading))?;
        for (cost, rule) in costs.into_iter().take(SHOWN) {
            writeln!(io::stdout(), "    {} {:.2} us/KB", rule.id, per_kb(cost))?;
        }
    }
    Ok(())
}

fn alone(rule: &'static Rule, text: &str, reading: Duration) -> Duration {
    let scanner = Scanner::new([rule]);
    scanner.scan(text, &Context::default());
    best(|| drop(scanner.scan(divan::black_box(text), &Context::default()))).saturating_sub(reading)
}

fn best(run: impl Fn()) -> Duration {
    let time = |_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    };
    (0..RUNS).map(time).min().unwrap_or_default()
}
