//! Events of the web application firewall.

use super::*;

/// What is known about a request that the rules refused.
#[derive(Debug, Clone, Copy)]
pub struct Shielded<'a> {
    /// The rule that decided.
    pub rule: u32,
    /// The rules that matched, with the variable each matched; never the text.
    pub matched: &'a [(u32, &'a str)],
    /// `request` or `answer`.
    pub part: &'static str,
    /// The listener.
    pub plane: &'static str,
    /// Where it came from. It is sealed.
    pub client: &'a str,
    /// Whether it was refused, or only would have been.
    pub enforced: bool,
    /// How many refusals the entry stands for.
    pub count: u64,
}

/// The rules refused a request or its answer, or would have.
pub fn request_shielded(time: Timestamp, shielded: Shielded<'_>) -> Event {
    let matched: Vec<_> =
        shielded.matched.iter().map(|(rule, variable)| json!({ "rule": rule, "variable": variable })).collect();
    let kind = if shielded.enforced { WAF_REFUSED } else { WAF_SHADOWED };
    let Shielded { rule, part, plane, count, .. } = shielded;
    let mut event = Event::new(kind, time)
        .with(&json!({ "rule": rule, "matched": matched, "part": part, "plane": plane, "count": count }));
    event.sealed.push(("address", shielded.client.to_owned()));
    event
}
