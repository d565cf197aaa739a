//! Texts about the apps that may act for somebody.

/// The texts of one language.
pub(in crate::http) struct AppTexts {
    /// The heading on the account page.
    pub(in crate::http) title: &'static str,
    pub(in crate::http) say: &'static str,
    pub(in crate::http) since: &'static str,
    pub(in crate::http) save: &'static str,
    pub(in crate::http) withdraw: &'static str,
}

pub(super) const EN: AppTexts = AppTexts {
    title: "Apps that act for you",
    say: "What you take back ends at once, and the app has to ask you again. A change logs the app out.",
    since: "Allowed on",
    save: "Save the choice",
    withdraw: "Take everything back",
};

pub(super) const DE: AppTexts = AppTexts {
    title: "Apps, die für Sie handeln",
    say: "Was Sie zurücknehmen, endet sofort, und die App muss Sie neu fragen. Eine Änderung meldet die App ab.",
    since: "Erlaubt am",
    save: "Auswahl speichern",
    withdraw: "Alles zurücknehmen",
};
