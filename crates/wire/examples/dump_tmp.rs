#![allow(missing_docs, clippy::all, clippy::print_stdout)]
use bytes::BytesMut;
use std::borrow::Cow;
use wire::*;
struct Id(std::collections::HashMap<Channel, usize>);
impl Filter for Id {
    type Stop = ();
    fn push(&mut self, c: &Channel, t: &str) -> Result<Released, ()> {
        let s = self.0.entry(*c).or_default();
        *s += t.len();
        Ok(Released { text: t.into(), settled: *s, masked: vec![] })
    }
    fn finish(&mut self, c: &Channel) -> Result<Released, ()> {
        Ok(Released { settled: self.0.remove(c).unwrap_or(0), ..Default::default() })
    }
    fn whole<'t>(&mut self, _: &Channel, t: &'t str) -> Result<Cow<'t, str>, ()> {
        Ok(t.into())
    }
}
fn main() {
    for entry in std::fs::read_dir("crates/wire/golden/stream").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let surface = if name.starts_with("chat") {
            Surface::ChatCompletions
        } else if name.starts_with("comp") {
            Surface::Completions
        } else if name.starts_with("resp") {
            Surface::Responses
        } else {
            Surface::Messages
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let nl = if text.contains("\r\n") { "\r\n\r\n" } else { "\n\n" };
        let mut cuts: Vec<usize> = vec![0];
        cuts.extend(text.match_indices(nl).map(|(a, _)| a + nl.len()));
        for (n, cut) in cuts.iter().enumerate() {
            for (style, label) in [(Some(Ending::Clean), "clean"), (Some(Ending::Error), "error"), (None, "fail")] {
                let (mut r, mut f, mut out) =
                    (Relay::new(surface, RelayLimits::default()), Id(Default::default()), BytesMut::new());
                r.push(text[..*cut].as_bytes(), &mut f, &mut out).unwrap();
                match style {
                    Some(s) => r.block(&mut out, s, "Blocked."),
                    None => r.fail(&mut out, "Provider failed."),
                }
                std::fs::write(format!("/tmp/wire-dump/{name}.{n}.{label}.sse"), &out).unwrap();
            }
        }
    }
    for s in [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages] {
        for stream in [false, true] {
            let o = Origin { id: "abc01", model: "m", created: 1 };
            std::fs::write(format!("/tmp/wire-dump/refusal_{s:?}.{stream}.body"), refusal_answer(s, &o, "No.", stream))
                .unwrap();
        }
    }
}
