//! # What it finds
//! A street and a house number in the order and with the words of fifteen languages, post office boxes and military mail,
//! with the unit behind them.
//!
//! # Why it matters
//! It leads to a door, also where no sentence is around it.
//!
//! # Example
//! `48 Howard Ridge Apt. 12, Denver, CO 80203`
//!
//! # Limits and sources
//! Names with capitals, a word for the kind of street (in English those of USPS Publication 28) and a number. Runs only
//! where a policy names it; `address` finds others by the words around them.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN012",
    name: "street",
    family: Family::Entity,
    category: "entity.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"\b(?:",
            // 48 Howard Ridge, 12a St. John's Rd
            r"\d{1,5}[A-Za-z]?,? (?:[NSEW]\.? |North |South |East |West )?(?:St\. )?",
            name!(),
            r"(?: ",
            name!(),
            r"){0,2} ",
            english!(),
            r"\b\.?",
            // 71, rue Saint Germain
            r"|\d{1,4}(?: bis| ter)?,? (?i:rue|avenue|boulevard|place|chemin|all\xc3\xa9e|cours|quai|impasse|route|square|passage) ",
            of!(),
            name!(),
            r"(?:[ -](?:de |du |la |des )?",
            name!(),
            r"){0,3}",
            // Via Nazionale 12, Avda. Los Llanos 48, ul. Sosnowa 100
            r"|(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Vv]ia|[Vv]iale|[Vv]icolo|[Pp]iazza|[Cc]orso|[Ll]argo|[Cc]alle|C/|Avda\.?|[Aa]venida|[Pp]laza|[Pp]aseo|[Cc]arretera|[Cc]amino|[Rr]ua|[Tt]ravessa|[Pp]ra\xc3\xa7a|[Ee]strada|[Uu]lica|[Uu]l\.|[Aa]l\.|[Oo]s\.|[Pp]l\.|[Ss]trada|[Cc]alea) ",
            of!(),
            name!(),
            r"(?:[ -](?:de |del |da |di |do |la |los |las )?",
            name!(),
            r"){0,3},? ?(?:n\.? ?|n\xc2\xba ?|Nr\.? ?)?\d{1,4}[A-Za-z]?(?:/\d{1,3})?",
            // Karlsplatz 24, Kaistantie 43, Lange Gasse 3
            r"|(?:",
            name!(),
            r"[ -]){0,2}(?:",
            name!(),
            joined!(),
            r"|",
            name!(),
            r" (?i:utca|u\.|\xc3\xbat|t\xc3\xa9r|k\xc3\xb6r\xc3\xbat|weg|platz|stra\xc3\x9fe|strasse|str\.|allee|gasse|ring|vei|gate|vej|gade|v\xc3\xa4g|gata|ulice|ulica))",
            r",? (?:Nr\.? ?)?\d{1,4} ?[A-Za-z]?",
            // Boxes
            r"|P\.? ?O\.? ?Box \d{1,6}|(?:PSC|CMR|Unit) \d{2,5},? Box \d{2,5}",
            // Ships
            r"|(?:USS|USNS|USCGC|USNV) ",
            name!(),
            r"(?: ",
            name!(),
            r"){0,2}",
            military!(),
            r")",
            // Unit, and the post office of the military
            r"(?:,? (?:Apt|Suite|Ste|Unit|Flat|Floor|Room)\.? ?#?[0-9A-Z-]{1,6}|,? #\d{1,5})?",
            r"(?:",
            military!(),
            r")?"
        ),
        anchor: Anchor::Digits(1),
        longest: 400,
        verify,
    }),
};

/// A word with a capital, Latin letters of Europe.
macro_rules! name {
    () => {
        r"(?:[A-Z]|\xc3[\x80-\x9e]|[\xc4\xc5][\x80-\xbf])(?:[a-z\x27-]|[\xc3-\xc5][\x80-\xbf]){1,20}"
    };
}
/// What stands between the kind of street and its name.
macro_rules! of {
    () => {
        r"(?:de la |de los |de las |del |della |delle |dei |degli |de |di |da |do |dos |das |du |des |la |las |los |le |les |d\x27|l\x27)?"
    };
}
/// The second half of names in one word: German, Dutch, Nordic, Finnish.
macro_rules! joined {
    () => {
        r"(?:stra\xc3\x9fe|strasse|str\.|weg|platz|allee|gasse|damm|ufer|gatan|v\xc3\xa4gen|gr\xc3\xa4nd|gade|vej|gata|veien|vegen|tie|katu|kuja|polku|straat|laan|plein|kade|gracht|dreef|singel|steeg)"
    };
}
/// Post offices of the military.
macro_rules! military {
    () => {
        r"(?:,|\n|,\n| )[ ]?(?:APO|FPO|DPO),? A[AEP] \d{5}"
    };
}
/// Kinds of streets in English.
macro_rules! english {
    () => {
        concat!(
            r"(?:Alley|Annex|Arcade|Avenue|Ave|Bayou|Bend|Bluff|Boulevard|Blvd|Branch|Bridge|Brook|Bypass|Canyon|Causeway|Circle|Cir|Cliffs?|Close|Common|Corners?",
            r"|Courts?|Ct|Coves?|Creek|Crescent|Cres|Crest|Crossing|Crossroad|Curve|Dale|Drives?|Dr|Estates?|Expressway|Extensions?|Falls?|Ferry|Fields?|Flats?|Fords?",
            r"|Forest|Forges?|Forks?|Freeway|Gardens?|Gateway|Glens?|Greens?|Groves?|Harbors?|Haven|Heights|Highway|Hwy|Hills?|Hollow|Inlet|Islands?|Isle|Junctions?",
            r"|Knolls?|Lakes?|Landing|Lane|Ln|Locks?|Lodge|Loop|Manors?|Meadows?|Mews|Mills?|Mission|Motorway|Mount|Mountains?|Orchard|Oval|Overpass|Parade|Parks?",
            r"|Parkways?|Pkwy|Pass|Passage|Path|Pike|Pines?|Place|Pl|Plains?|Plaza|Points?|Ports?|Prairie|Radial|Ramp|Ranch|Rapids?|Ridges?|Rise|River|Roads?|Rd|Route",
            r"|Row|Run|Shoals?|Shores?|Skyway|Springs?|Spurs?|Squares?|Sq|Station|Stravenue|Stream|Streets?|St|Summit|Terrace|Throughway|Trace|Track|Trafficway|Trail",
            r"|Tunnel|Turnpike|Underpass|Unions?|Valleys?|Viaduct|Views?|Village|Ville|Vista|Walks?|Way|Wells?)"
        )
    };
}
use {english, joined, military, name, of};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_joined = candidate.before().ends_with(['.', '-', '/', '$', '#', ':'])
        || candidate.next().is_some_and(|next| next.is_alphanumeric() || next == '%');
    let has_number = found.bytes().any(|byte| byte.is_ascii_digit());
    (!is_joined && has_number).then(|| Hit::new(0.75, Evidence::Pattern))
}
