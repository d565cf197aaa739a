//! # What it finds
//! A GitLab token of any kind: personal, deploy, runner, trigger, job, feed, agent, mail, OAuth, SCIM.
//!
//! # Why it matters
//! It reads repositories and their pipelines' variables, or runs jobs on somebody's machines.
//!
//! # Example
//! `glpat-` and 20 characters or more
//!
//! # Limits and sources
//! Routable tokens end in two more parts, which are covered. GitLab, *Token overview*.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE025",
    name: "gitlab-token",
    family: Family::Secret,
    category: "secret.gitlab",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bgl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-(?:t[0-9]_)?[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?",
        anchor: Anchor::Literals(&[
            "glpat-", "gloas-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-",
            "glsoat-", "glffct-", "glwt-",
        ]),
        longest: 324,
        verify: entropy::tail::<18>,
    }),
};
