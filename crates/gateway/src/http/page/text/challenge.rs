//! Texts of the page that asks a browser for work.

/// The texts of one language.
pub(in crate::http) struct ChallengeTexts {
    pub(in crate::http) title: &'static str,
    pub(in crate::http) says: &'static str,
    pub(in crate::http) unsent: &'static str,
    pub(in crate::http) working: &'static str,
    pub(in crate::http) failed: &'static str,
    pub(in crate::http) needed: &'static str,
}

pub(super) const EN: ChallengeTexts = ChallengeTexts {
    title: "One moment",
    says: "There is more traffic than usual. Your browser does a small calculation, and then this page opens by itself.",
    unsent: "What you entered was not sent: the page you come from opens again, please send it once more.",
    working: "Calculating…",
    failed: "It was not taken. Please load the page again.",
    needed: "This needs a browser that may run the script of this page and keep its cookie, and an encrypted connection.",
};

pub(super) const DE: ChallengeTexts = ChallengeTexts {
    title: "Einen Moment",
    says: "Es ist mehr los als sonst. Ihr Browser rechnet kurz, dann öffnet sich die Seite von selbst.",
    unsent: "Ihre Eingabe wurde nicht gesendet: Die Seite, von der Sie kommen, öffnet sich wieder; bitte senden Sie sie noch einmal ab.",
    working: "Rechnet…",
    failed: "Das wurde nicht angenommen. Bitte laden Sie die Seite neu.",
    needed: "Dies braucht einen Browser, der das Skript dieser Seite ausführen und ihr Cookie behalten darf, und eine verschlüsselte Verbindung.",
};
