#![allow(missing_docs)]
use guard::classifier::*;
use learn::{metric::*, recipe::*, row::*};
fn load(p: &str, t: Topic) -> Vec<Row> {
    let d = std::fs::read_to_string(p).unwrap();
    if p.ends_with("csv") {
        csv(&d, if p.contains("davidson") { "davidson" } else { "gptfuzz_answers" }).unwrap()
    } else {
        json_lines(t, &d).unwrap()
    }
}
fn main() {
    let d = "/work/shared/data/";
    let mut rows = load(&format!("{d}injection/train.jsonl"), Topic::Injection);
    for e in ["bigbench", "evals", "writing", "prose"] {
        rows.extend(load(&format!("/tmp/exp/{e}.jsonl"), Topic::Injection))
    }
    rows.extend(load(&format!("{d}toxicity/davidson.csv"), Topic::Toxicity));
    if let Ok(_) = std::fs::metadata("/tmp/exp/rtp.jsonl") {
        rows.extend(load("/tmp/exp/rtp.jsonl", Topic::Toxicity))
    }
    rows.extend(load(&format!("{d}refusal/gptfuzz_responses.csv"), Topic::Refusal));
    let dev = load(&format!("{d}injection/dev.jsonl"), Topic::Injection);
    let mut l = vec![];
    for h in Head::ALL {
        let x = learn(h, &rows, &dev, &|_| ());
        println!("{h:?} {:?}", x.calibration);
        let p = |o: &learn::calibrate::Outcome| {
            let c = x.calibration[0];
            1. / (1. + (-(c.slope * o.margin + c.offset)).exp())
        };
        let neg: Vec<f32> = x.unseen.values().flatten().filter(|o| !o.label).map(p).collect();
        for (s, o) in &x.unseen {
            let a: Vec<f32> = o.iter().filter(|o| o.label).map(p).collect();
            let b: Vec<f32> = o.iter().filter(|o| !o.label).map(p).collect();
            print!("  {s:20} n {:5}/{:5}", a.len(), b.len());
            if !b.is_empty() {
                print!(" >.5 {:.3} >.9 {:.3} >.97 {:.4}", above(&b, 0.5), above(&b, 0.9), above(&b, 0.97))
            }
            if !a.is_empty() {
                print!(
                    " | recall .5 {:.3} .9 {:.3} .97 {:.3} auc-all {:.3}",
                    above(&a, 0.5),
                    above(&a, 0.9),
                    above(&a, 0.97),
                    auc(&a, &neg)
                )
            }
            if !a.is_empty() && !b.is_empty() {
                print!(" own auc {:.3}", auc(&a, &b))
            }
            println!()
        }
        l.push(x)
    }
    let file = assemble("lab", &l).unwrap();
    println!("{}", file.len());
    std::fs::write(std::env::args().nth(1).unwrap_or("/tmp/exp/classifier.pcm".into()), &file).unwrap();
    let m = Model::read(&file).unwrap();
    let sc = |r: &Row| {
        guard::text::views(&r.text, &guard::text::Budget::default())
            .views
            .iter()
            .map(|v| {
                let j = &m.judge(v.text())[0];
                m.answer(Question::Worst(Head::Injection), Source::Prompt, j)
            })
            .fold(0f32, f32::max)
    };
    let by =
        |s: &str, y: bool| dev.iter().filter(|r| r.source == s && r.labels[0] == Some(y)).map(sc).collect::<Vec<_>>();
    let mut all = vec![];
    for s in ["deepset", "mtbench", "t0_p3", "user_oriented"] {
        let b = by(s, false);
        println!(
            "dev {s} >.5 {:.4} >.7 {:.4} >.9 {:.4} >.97 {:.4}",
            above(&b, 0.5),
            above(&b, 0.7),
            above(&b, 0.9),
            above(&b, 0.97)
        );
        all.extend(b)
    }
    let a = by("deepset", true);
    println!(
        "dev deepset auc all {:.3} own {:.3} r@1 {:.3} r@.5 {:.3} r@.9 {:.3} ; t for 0.3% {:.3} ece {:.3}",
        auc(&a, &all),
        auc(&a, &by("deepset", false)),
        above(&a, threshold_at(&all, 0.01)),
        above(&a, 0.5),
        above(&a, 0.9),
        threshold_at(&all, 0.003),
        calibration_error(&a, &all)
    );
}
