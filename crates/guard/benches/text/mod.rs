//! Texts of each kind, made up and the same every time.

use std::fmt::Write as _;

/// Bytes of each text.
const BYTES: usize = 16 << 10;
/// The kinds.
pub(crate) const TEXTS: [&str; 8] = ["prose", "chat", "latin", "json", "rust", "sql", "base64", "anchors"];

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const WHO: &[&str] = &[
    "The harbour master",
    "My neighbour",
    "A retired teacher",
    "The night train",
    "Our small team",
    "The baker's son",
    "Nobody in the village",
    "The committee",
    "An old map",
    "Her sister",
    "The second engineer",
    "This report",
];
const DID: &[&str] = &[
    "remembered",
    "had forgotten",
    "described",
    "carried",
    "did not expect",
    "measured",
    "painted",
    "wrote about",
    "repaired",
    "was looking for",
    "quietly admired",
    "kept asking about",
];
const WHAT: &[&str] = &[
    "the long winter of that year",
    "a letter with three stamps",
    "the price of wheat and barley",
    "every bridge on the way",
    "how the tide turned before noon",
    "the colour of the roofs",
    "a list of things to bring",
    "the sound of rain on slate",
    "whatever the weather would allow",
    "the first five chapters",
    "an answer that nobody believed",
    "seven empty chairs",
];
const END: &[&str] = &[
    ".",
    ", and then went home.",
    " before the others arrived.",
    ", which took most of the afternoon.",
    "; it was later than they thought.",
    " without saying why.",
    ", as the records show.",
    "!",
    "?",
];
const TURN: &[&str] = &[
    "Can you help me plan a weekend in the mountains?",
    "Sure! Here is what I would do first:",
    "Thanks, that works. What about the kids?",
    "1. Check the forecast on Friday evening.",
    "2. Pack light, and bring water for everyone.",
    "Could you rewrite this paragraph so that it sounds friendlier?",
    "I think the second version reads better.",
    "Please summarise the meeting notes below in five points.",
    "ok, one more question: how long does it take by train?",
    "It takes about 2 hours and 40 minutes.",
];
const ACCENTED: &[&str] = &[
    "Le café près de la gare est fermé jusqu'à mardi.",
    "Wir müssen über die Brücke, bevor es dämmert.",
    "El niño soñó con un camino más corto.",
    "Så går vi hem över ängarna.",
    "“Quoted”, he said — and left…",
];

fn sentence(dice: &mut Dice, out: &mut String) {
    let (who, did) = (dice.pick(WHO), dice.pick(DID));
    let _ = write!(out, "{who} {did} {}{} ", dice.pick(WHAT), dice.pick(END));
}

/// Adds one more unit of a kind of text.
fn add(kind: &str, dice: &mut Dice, out: &mut String) {
    let (a, b) = (dice.roll(90) + 10, dice.roll(900) + 100);
    let _ = match kind {
        "chat" => writeln!(out, "{}: {}", if a % 2 == 0 { "user" } else { "assistant" }, dice.pick(TURN)),
        "latin" => writeln!(out, "{}", dice.pick(ACCENTED)),
        "json" => writeln!(
            out,
            r#"{{"ts":"2026-11-{:02}T08:{:02}:{a}.{b}Z","level":"{}","service":"orders","path":"/v1/orders/{b}/items","status":{},"duration_ms":{a},"message":"{}"}}"#,
            a % 28 + 1,
            b % 60,
            dice.pick(&["info", "warn", "debug"]),
            dice.pick(&["200", "201", "404"]),
            dice.pick(WHAT),
        ),
        "rust" => writeln!(
            out,
            "/// Counts what was read.\npub fn count_{b}(items: &[Item], limit: usize) -> Result<usize, Error> {{\n    let mut total = {a};\n    for item in items.iter().filter(|item| item.is_open()) {{\n        total += item.size.saturating_sub(limit);\n    }}\n    if total > {b} {{ Err(Error::TooLarge {{ total }}) }} else {{ Ok(total) }}\n}}\n",
        ),
        "sql" => writeln!(
            out,
            "SELECT o.id, o.total, c.name FROM orders AS o JOIN customer c ON c.id = o.customer_id\nWHERE o.created_at >= '2026-0{}-01' AND o.status IN ('open', 'paid') AND o.total > {b}.{a}\nORDER BY o.total DESC LIMIT {a};",
            a % 9 + 1,
        ),
        "base64" => {
            const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            out.extend((0..76).map(|_| char::from(ALPHABET[dice.roll(64)])));
            writeln!(out)
        }
        "anchors" => write!(
            out,
            "{}",
            dice.pick(&["ignore ", "system ", "http", "@", "://", "password", "sk-", "1", "![", "\u{1b}["])
        ),
        _ => {
            sentence(dice, out);
            Ok(())
        }
    };
}

/// The text of a kind.
pub(crate) fn text(kind: &str) -> String {
    let (mut dice, mut out) = (Dice(0x9E37_79B9_7F4A_7C15), String::with_capacity(BYTES + 1024));
    while out.len() < BYTES {
        add(kind, &mut dice, &mut out);
    }
    out.truncate(out.floor_char_boundary(BYTES));
    out
}
