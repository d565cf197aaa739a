#![allow(missing_docs, clippy::print_stdout)]
use guard::rule::*;
use guard::text::{Budget, views};
use regex_automata::{meta::Regex, util::syntax};
use std::collections::BTreeMap;
struct C {
    rule: &'static Rule,
    re: Regex,
    ac: aho_corasick::AhoCorasick,
}
fn main() {
    let mut all: Vec<&'static Rule> = Vec::new();
    for f in [guard::injection::RULES, guard::jailbreak::RULES] {
        all.extend(f);
    }
    let only = std::env::args().nth(1).unwrap_or_default();
    let rules: Vec<C> = all
        .into_iter()
        .filter(|r| only.is_empty() || only.split(',').any(|o| r.id.starts_with(o)))
        .map(|rule| {
            let (p, a): (&str, &[&str]) = match &rule.matcher {
                Matcher::Phrase(p) => (p.pattern, p.anchors),
                Matcher::Exact(e) => (
                    e.pattern,
                    match e.anchor {
                        Anchor::Literals(l) => l,
                        _ => &[],
                    },
                ),
                _ => unreachable!(),
            };
            C {
                rule,
                re: Regex::builder().syntax(syntax::Config::new().unicode(false).utf8(false)).build(p).unwrap(),
                ac: aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(a).unwrap(),
            }
        })
        .collect();
    let budget = Budget::default();
    let mut stats: BTreeMap<(String, u64), [usize; 3]> = BTreeMap::new();
    let mut per: BTreeMap<&str, BTreeMap<u64, [usize; 2]>> = BTreeMap::new();
    let mut nviews = 0usize;
    let mut rows = 0usize;
    let mut bytes = 0usize;
    let (mut tv, mut tr) = (0u128, 0u128);
    let mut slow: BTreeMap<&str, u128> = BTreeMap::new();
    let mut chains: BTreeMap<String, usize> = BTreeMap::new();
    for f in std::env::args().skip(2) {
        for line in std::fs::read_to_string(f).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = row["text"].as_str().unwrap();
            let label = row["label"].as_u64().unwrap();
            let t = std::time::Instant::now();
            let v = views(text, &budget);
            tv += t.elapsed().as_nanos();
            nviews += v.views.len();
            rows += 1;
            bytes += text.len();
            if label == 0 {
                for w in &v.views {
                    *chains.entry(w.chain().join(">")).or_default() += 1;
                }
            }
            let mut best = 0f32;
            let mut hits = vec![];
            for c in &rules {
                let t = std::time::Instant::now();
                let mut s = 0f32;
                let mut m = String::new();
                let texts: Vec<&str> = if matches!(c.rule.matcher, Matcher::Exact(_)) {
                    vec![text]
                } else {
                    v.views.iter().map(|v| v.text()).collect()
                };
                let verify = match &c.rule.matcher {
                    Matcher::Phrase(p) => p.verify,
                    Matcher::Exact(e) => e.verify,
                    _ => unreachable!(),
                };
                for t in texts {
                    if !c.ac.is_match(t) {
                        continue;
                    }
                    for f in c.re.find_iter(t) {
                        if let Some(h) = verify(&Candidate::new(t, f.range())) {
                            if h.score > s {
                                s = h.score;
                                m = t[f.range()].to_string();
                            }
                        }
                    }
                }
                *slow.entry(c.rule.id).or_default() += t.elapsed().as_nanos();
                tr += t.elapsed().as_nanos();
                if s > 0.0 {
                    hits.push((c.rule.id, s, m));
                    let e = per.entry(c.rule.id).or_default().entry(label).or_default();
                    if s >= 0.8 { e[0] += 1 } else { e[1] += 1 }
                }
                best = best.max(s);
            }
            let e = stats.entry((row["source"].as_str().unwrap().into(), label)).or_default();
            e[0] += 1;
            e[1] += (best >= 0.8) as usize;
            e[2] += (best >= 0.5) as usize;
            if std::env::var("SHOW").is_ok_and(|l| l == label.to_string())
                && best >= std::env::var("MIN").ok().and_then(|m| m.parse().ok()).unwrap_or(0.8)
            {
                println!(
                    "{} {:?}",
                    row["source"],
                    hits.iter().map(|(i, s, m)| (i, s, m.chars().take(220).collect::<String>())).collect::<Vec<_>>()
                );
            }
            if std::env::var("MISS").is_ok_and(|s| s == row["source"].as_str().unwrap()) && label == 1 && best < 0.5 {
                println!("MISS {}", text.chars().take(200).collect::<String>().replace('\n', " / "));
            }
        }
    }
    for (k, v) in stats {
        println!(
            "{:24} {:6} block {:6.2}% suspicious+ {:6.2}%",
            format!("{}/{}", k.0, k.1),
            v[0],
            100.0 * v[1] as f64 / v[0] as f64,
            100.0 * v[2] as f64 / v[0] as f64
        );
    }
    for (k, v) in per {
        println!("{k} {v:?} {} ms", slow[k] / 1_000_000);
    }
    println!(
        "views {nviews} rows {rows} KB {} views us/KB {} rules us/KB {}",
        bytes / 1024,
        tv / 1024 / (bytes as u128 / 1024).max(1),
        tr / 1000 / (bytes as u128 / 1024).max(1)
    );
    println!("chains on benign: {chains:?}");
}
