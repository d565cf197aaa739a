//! OWASP ASVS 5.0, chapters V6 to V10, requirement by requirement: met, and by which test; or why not.
//!
//! `docs/asvs.md` is made from these tables. The numbers are those of the standard (CC BY-SA 4.0, OWASP Foundation), the
//! wording is ours. A test checks that every number is here once and that every test that is named exists.
//!
//! A test is `file::name` for one in `tests/it`, and `module::path::name` for one beside the code. Whoever adds a feature
//! changes its lines here: what waits for one says so in its note.

mod v10;
mod v6;
mod v7;
mod v8;
mod v9;

/// How far a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is, and tests show it.
    Met,
    /// Some of it.
    Part,
    /// It is not.
    Open,
    /// It is about something that there is not here.
    NotApplicable,
}

/// One requirement.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// Its number.
    pub id: &'static str,
    /// 1 to 3.
    pub level: u8,
    /// What it asks for, in short.
    pub asked: &'static str,
    /// How far it is met.
    pub status: Status,
    /// Why not, what is missing, or by which setting.
    pub note: &'static str,
    /// The tests that show it.
    pub tests: &'static [&'static str],
}

/// The chapters with their titles.
pub const CHAPTERS: &[(&str, &[Requirement])] = &[
    ("V6 Authentication", v6::REQUIREMENTS),
    ("V7 Session management", v7::REQUIREMENTS),
    ("V8 Authorization", v8::REQUIREMENTS),
    ("V9 Self-contained tokens", v9::REQUIREMENTS),
    ("V10 OAuth and OpenID Connect", v10::REQUIREMENTS),
];

const fn met(id: &'static str, level: u8, asked: &'static str, tests: &'static [&'static str]) -> Requirement {
    Requirement { id, level, asked, status: Status::Met, note: "", tests }
}

/// Met by a setting, or with something to know.
const fn with(
    id: &'static str,
    level: u8,
    asked: &'static str,
    note: &'static str,
    tests: &'static [&'static str],
) -> Requirement {
    Requirement { id, level, asked, status: Status::Met, note, tests }
}

const fn part(
    id: &'static str,
    level: u8,
    asked: &'static str,
    note: &'static str,
    tests: &'static [&'static str],
) -> Requirement {
    Requirement { id, level, asked, status: Status::Part, note, tests }
}

const fn none(id: &'static str, level: u8, asked: &'static str, note: &'static str) -> Requirement {
    Requirement { id, level, asked, status: Status::NotApplicable, note, tests: &[] }
}
