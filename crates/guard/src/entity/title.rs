//! # What it finds
//! A form of address or a rank before a name, in nine languages, and a degree behind one: `Mr.`, `Dr.`, `Frau`, `Ph.D.`.
//!
//! # Why it matters
//! It says that somebody is a man, a woman, a physician or a professor, where the name is already hidden.
//!
//! # Example
//! `Please call Dr. Roe`
//!
//! # Limits and sources
//! Only before a word with a capital; jobs are none. Runs only where a policy names it.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN009",
    name: "title",
    family: Family::Entity,
    category: "entity.title",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"(?:\b(?:(?:[Mm]rs?|[Mm]s|Mx|[Dd]r|Prof|Rev|Hon|Capt|Lt|Sgt|Cpl|Cmdr|Msgr)\.?|(?:Col|Maj|Gen|Adm)\.|MRS?|Miss|Madam|Mister|Sir|Dame",
            r"|Professor|Doctor|Captain|Lieutenant|Sergeant|Colonel|Reverend|Rabbi|Imam|Sheikh|Pastor|Senator|Herrn?|Frau|Fr\xc3\xa4ulein|Dipl\.-Ing\.",
            r"|Monsieur|Madame|Mademoiselle|Mme|Mlle|Ma\xc3\xaetre|Se\xc3\xb1or(?:a|ita)?|Do\xc3\xb1a|Sr\.|Sra\.|Srta\.|Dra\.|Signor(?:a|ina)?|Dott(?:\.ssa|oressa|\.)|Ing\.|Avv\.|Senhora?",
            r"|[Dd]e heer|[Mm]evrouw|[Mm]eneer|Dhr\.|Mevr\.|Hr\.|Fru|Pani) (?:[A-Z]|\xc3[\x80-\x9e]|[\xc4\xc5][\x80-\xbf])",
            // Behind a name: a degree.
            r"|[a-z],? (?:Ph\.?D\.?|M\.D\.|DDS|D\.D\.S\.|DVM|D\.V\.M\.|Esq\.?|LL\.?M\.?)(?:[ ,;.\n)]|$))"
        ),
        anchor: Anchor::Literals(&[
            r"\bmr",
            r"\bms",
            r"\bmx",
            r"\bdr",
            r"\bprof",
            r"\brev",
            r"\bhon",
            r"\bcapt",
            r"\blt",
            r"\bsgt",
            r"\bmiss",
            r"\bmadam",
            r"\bsir",
            r"\bdame",
            r"\bdoctor",
            r"\bherr",
            r"\bfrau",
            r"\bmonsieur",
            r"\bmademoiselle",
            r"\bmme",
            "\\bse\u{f1}or",
            r"\bsr.",
            r"\bsra.",
            r"\bsrta.",
            r"\bdra.",
            r"\bsignor",
            r"\bsenhor",
            r"\bdott",
            r"\bcpl",
            r"\bcmdr",
            r"\bmsgr",
            r"\bcol.",
            r"\bmaj.",
            r"\bgen.",
            r"\badm.",
            r"\bmister",
            r"\blieutenant",
            r"\bsergeant",
            r"\bcolonel",
            r"\brabbi",
            r"\bimam",
            r"\bsheikh",
            r"\bpastor",
            r"\bsenator",
            "\\bfr\u{e4}ulein",
            r"\bdipl.",
            r"\bmlle",
            "\\bma\u{ee}tre",
            "\\bdo\u{f1}a",
            r"\bing.",
            r"\bavv.",
            r"\bde heer",
            r"\bmevrouw",
            r"\bmeneer",
            r"\bdhr.",
            r"\bmevr.",
            r"\bhr.",
            r"\bfru",
            r"\bpani",
            r"\bph.d",
            r"\bphd",
            r"\bm.d.",
            r"\bdds",
            r"\bd.d.s",
            r"\bdvm",
            r"\bd.v.m",
            r"\besq",
            r"\bllm",
            r"\bll.m",
        ]),
        longest: 24,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let is_degree = matched[1..].starts_with([',', ' ']);
    let trim = if is_degree {
        let end = matched.trim_end_matches([' ', ',', ';', '\n', ')']).len();
        (matched.find(' ')? + 1, matched.len() - end)
    } else {
        (0, matched.len() - matched.rfind(' ')?)
    };
    Some(Hit { trim, ..Hit::new(0.7, Evidence::Pattern) })
}
