//! Texts of logging in with outside providers.

/// The texts of one language.
pub(in crate::http) struct OutsideTexts {
    /// Before a provider's name.
    pub(in crate::http) login_with: &'static str,
    pub(in crate::http) over: &'static str,
    pub(in crate::http) ask_first: &'static str,
    pub(in crate::http) denied: &'static str,
    pub(in crate::http) unavailable: &'static str,
    pub(in crate::http) refused: &'static str,
    pub(in crate::http) linked: &'static str,
    /// The heading on the account page.
    pub(in crate::http) title: &'static str,
    pub(in crate::http) none: &'static str,
    /// Before a provider's name.
    pub(in crate::http) link: &'static str,
    pub(in crate::http) unlink: &'static str,
    pub(in crate::http) since: &'static str,
    pub(in crate::http) last_way: &'static str,
    pub(in crate::http) confirm: &'static str,
}

pub(super) const EN: OutsideTexts = OutsideTexts {
    login_with: "Log in with",
    ask_first: "Another page led you here. Do you want to log in?",
    over: "This login is too old, or was begun elsewhere. Please begin again.",
    denied: "The login was cancelled.",
    unavailable: "The login service cannot be reached at the moment. Please try again later.",
    refused: "You cannot log in this way. Please ask your administrator.",
    linked: "The login is linked to your account.",
    title: "Other ways to log in",
    none: "None is linked yet.",
    link: "Link",
    unlink: "Unlink",
    since: "Linked",
    last_way: "This is the only way into your account. Choose a password before you unlink it.",
    confirm: "Or show it where you log in:",
};

pub(super) const DE: OutsideTexts = OutsideTexts {
    login_with: "Anmelden mit",
    ask_first: "Eine andere Seite hat Sie hierher geführt. Möchten Sie sich anmelden?",
    over: "Diese Anmeldung ist zu alt oder wurde anderswo begonnen. Bitte beginnen Sie erneut.",
    denied: "Die Anmeldung wurde abgebrochen.",
    unavailable: "Der Anmeldedienst ist gerade nicht erreichbar. Bitte versuchen Sie es später erneut.",
    refused: "Sie können sich so nicht anmelden. Bitte fragen Sie Ihren Administrator.",
    linked: "Die Anmeldung ist mit Ihrem Konto verbunden.",
    title: "Andere Anmeldungen",
    none: "Noch ist keine verbunden.",
    link: "Verbinden mit",
    unlink: "Trennen",
    since: "Verbunden",
    last_way: "Das ist der einzige Weg in Ihr Konto. Wählen Sie ein Passwort, bevor Sie ihn trennen.",
    confirm: "Oder zeigen Sie es dort, wo Sie sich anmelden:",
};
