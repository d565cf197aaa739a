//! # What it finds
//! A postcode after a word that says so, or behind a state of the United States.
//!
//! # Why it matters
//! It narrows somebody down to some thousand households, in Britain to fifteen.
//!
//! # Example
//! `my zip code is 90210`
//!
//! # Limits and sources
//! United States, Canada, United Kingdom; after the word, plain numbers of three to six digits, and the groups of Brazil, Czechia,
//! Greece, Japan, the Netherlands, Poland, Portugal, Slovakia and Sweden. Runs only where a policy names it; ZIP+4 codes are
//! found by `us-zip` everywhere.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN010",
    name: "postcode",
    family: Family::Entity,
    category: "entity.postcode",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"\b(?:(?i:zip ?code|postal ?code|postcode|post code|postleitzahl|plz|code postal|c\xc3\xb3digo postal|codice postale|pin ?code|eircode|postnummer|postinumero|kod pocztowy|cep:|cap:|zip)(?i:[:=]? ?(?:is|of|for|ist|est|es)?(?: [a-z]{1,12}){0,3}[:=]? ?)",
            r"(?:\d{5}-\d{3,4}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}[- ]\d{4}|\d{3} \d{2,3}|\d{4} ?[A-Z]{2}|\d{3,6}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[0-9A-Z]? ?\d[A-Z]{2}|[A-Z]\d[0-9W] ?[0-9A-Z]{4})",
            r"|(?:AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC",
            r"|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota",
            r"|Mississippi|Missouri|Montana|Nebraska|Nevada|Hampshire|Jersey|Mexico|York|Carolina|Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Island|Tennessee|Texas|Utah|Vermont|Virginia|Washington|Wisconsin|Wyoming),? \d{5}(?:-\d{4})?",
            // By themselves: the United Kingdom, Canada, and those with the letters of a country.
            r"|(?:AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|FK|FY|GL|GU|HA|HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE|[BEGLMNSW])\d[0-9A-Z]? \d[ABD-HJLNP-UW-Z]{2}",
            r"|[ABCEGHJ-NPR-TVXY]\d[ABCEGHJ-NPR-TV-Z] \d[ABCEGHJ-NPR-TV-Z]\d",
            r"|(?:D|A|CH|F|I|NL|B|DK|N|S|FIN|FI|L|SI|HR)-\d{4,5} [A-Z][a-z])"
        ),
        anchor: Anchor::Digits(1),
        longest: 80,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    // The first word with a digit; those before it say what it is.
    let digit = found.find(|character: char| character.is_ascii_digit())?;
    let start = found[..digit].rfind(|character: char| !character.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    let has_town = found.ends_with(|last: char| last.is_ascii_lowercase());
    // Behind the letters of a country stands the beginning of a town.
    let end = if has_town { found.rfind(' ')? } else { found.len() };
    let is_joined = candidate.next().is_some_and(|next| next.is_alphanumeric() || "-_/%".contains(next)) && !has_town
        || candidate.before().ends_with(['-', '_', '/', '#', '.']);
    (!is_joined).then_some(Hit { trim: (start, found.len() - end), ..Hit::new(0.7, Evidence::Context) })
}
