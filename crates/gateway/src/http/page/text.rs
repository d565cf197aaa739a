//! What the pages say, in the languages they speak.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// The texts of one language.
pub(in crate::http) struct Texts {
    pub(super) lang: &'static str,
    pub(in crate::http) login: &'static str,
    pub(super) login_for: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(in crate::http) refused: &'static str,
    pub(in crate::http) wait: &'static str,
    pub(in crate::http) second_factor: &'static str,
    pub(in crate::http) consent: &'static str,
    pub(super) asks: &'static str,
    pub(super) account: &'static str,
    pub(super) allow: &'static str,
    pub(super) deny: &'static str,
    pub(super) leads_to: &'static str,
    pub(in crate::http) device: &'static str,
    pub(super) user_code: &'static str,
    pub(super) device_warning: &'static str,
    pub(in crate::http) no_code: &'static str,
    pub(super) go_on: &'static str,
    pub(in crate::http) logout: &'static str,
    pub(super) logout_asks: &'static str,
    pub(in crate::http) logged_out: &'static str,
    pub(in crate::http) done: &'static str,
    pub(in crate::http) done_says: &'static str,
    pub(in crate::http) denied_says: &'static str,
    pub(in crate::http) wrong: &'static str,
    pub(in crate::http) wrong_says: &'static str,
    pub(super) login_with: &'static str,
    pub(super) code: &'static str,
    pub(in crate::http) wrong_code: &'static str,
    pub(in crate::http) outside_entered: &'static str,
    pub(in crate::http) outside_linked: &'static str,
    pub(in crate::http) outside_over: &'static str,
    pub(in crate::http) outside_denied: &'static str,
    pub(in crate::http) outside_unavailable: &'static str,
    pub(in crate::http) outside_refused: &'static str,
    scopes: [(&'static str, &'static str); 6],
}

const EN: Texts = Texts {
    lang: "en",
    login: "Log in",
    login_for: "to continue to",
    email: "E-mail address",
    password: "Password",
    refused: "The e-mail address or the password is wrong.",
    wait: "Too many attempts. Please wait a moment and try again.",
    second_factor: "This account needs a second factor. Log in to the gateway with it first, then open this page again.",
    consent: "Allow access?",
    asks: "wants to act for you. It could:",
    account: "You are logged in as",
    allow: "Allow",
    deny: "Deny",
    leads_to: "The answer goes to",
    device: "Connect a device",
    user_code: "Code that the device shows",
    device_warning: "Go on only if you hold this device and it shows the code you entered.",
    no_code: "There is no such code, or it is too old.",
    go_on: "Continue",
    logout: "Log out",
    logout_asks: "Do you want to log out?",
    logged_out: "You are logged out.",
    done: "Done",
    done_says: "The device is connected. You can close this page.",
    denied_says: "Access was denied. You can close this page.",
    wrong: "This does not work",
    wrong_says: "The request of the app is not right, so it was stopped here.",
    login_with: "Log in with",
    code: "Code of your authenticator app, or a recovery code",
    wrong_code: "This code is wrong or was used before.",
    outside_entered: "You are logged in. You can close this page.",
    outside_linked: "The login is linked to your account. You can close this page.",
    outside_over: "This login is too old, or was begun elsewhere. Please begin again.",
    outside_denied: "The login was cancelled.",
    outside_unavailable: "The login service cannot be reached at the moment. Please try again later.",
    outside_refused: "You cannot log in this way. Please ask your administrator.",
    scopes: [
        ("openid", "know who you are"),
        ("profile", "see your name"),
        ("email", "see your e-mail address"),
        ("offline_access", "act while you are away"),
        ("inference", "send prompts to models on your account"),
        ("admin", "administer this gateway"),
    ],
};

const DE: Texts = Texts {
    lang: "de",
    login: "Anmelden",
    login_for: "um fortzufahren zu",
    email: "E-Mail-Adresse",
    password: "Passwort",
    refused: "Die E-Mail-Adresse oder das Passwort ist falsch.",
    wait: "Zu viele Versuche. Bitte warten Sie kurz und versuchen Sie es erneut.",
    second_factor: "Dieses Konto braucht einen zweiten Faktor. Bitte melden Sie sich damit zuerst am Gateway an und öffnen Sie diese Seite dann erneut.",
    consent: "Zugriff erlauben?",
    asks: "möchte für Sie handeln. Es könnte:",
    account: "Sie sind angemeldet als",
    allow: "Erlauben",
    deny: "Ablehnen",
    leads_to: "Die Antwort geht an",
    device: "Gerät verbinden",
    user_code: "Code, den das Gerät zeigt",
    device_warning: "Fahren Sie nur fort, wenn Sie dieses Gerät vor sich haben und es den eingegebenen Code zeigt.",
    no_code: "Diesen Code gibt es nicht, oder er ist zu alt.",
    go_on: "Weiter",
    logout: "Abmelden",
    logout_asks: "Möchten Sie sich abmelden?",
    logged_out: "Sie sind abgemeldet.",
    done: "Fertig",
    done_says: "Das Gerät ist verbunden. Sie können diese Seite schließen.",
    denied_says: "Der Zugriff wurde abgelehnt. Sie können diese Seite schließen.",
    wrong: "Das geht nicht",
    wrong_says: "Die Anfrage der App ist nicht richtig und wurde hier angehalten.",
    login_with: "Anmelden mit",
    code: "Code Ihrer Authenticator-App oder ein Wiederherstellungscode",
    wrong_code: "Dieser Code ist falsch oder wurde schon benutzt.",
    outside_entered: "Sie sind angemeldet. Sie können diese Seite schließen.",
    outside_linked: "Die Anmeldung ist mit Ihrem Konto verbunden. Sie können diese Seite schließen.",
    outside_over: "Diese Anmeldung ist zu alt oder wurde anderswo begonnen. Bitte beginnen Sie erneut.",
    outside_denied: "Die Anmeldung wurde abgebrochen.",
    outside_unavailable: "Der Anmeldedienst ist gerade nicht erreichbar. Bitte versuchen Sie es später erneut.",
    outside_refused: "Sie können sich so nicht anmelden. Bitte fragen Sie Ihren Administrator.",
    scopes: [
        ("openid", "wissen, wer Sie sind"),
        ("profile", "Ihren Namen sehen"),
        ("email", "Ihre E-Mail-Adresse sehen"),
        ("offline_access", "handeln, während Sie nicht da sind"),
        ("inference", "in Ihrem Namen Anfragen an Modelle senden"),
        ("admin", "dieses Gateway verwalten"),
    ],
};

impl Texts {
    /// In the language that a browser prefers; English when it prefers none of ours.
    pub(in crate::http) fn of(headers: &HeaderMap) -> &'static Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (mut best, mut weight) = (&EN, 0.0);
        for part in asked.split(',').take(16) {
            let (tag, q) = part.split_once(";q=").unwrap_or((part, "1"));
            let q: f32 = q.trim().parse().unwrap_or(0.0);
            let texts = match tag.trim().split('-').next() {
                Some(tag) if tag.eq_ignore_ascii_case("de") => &DE,
                Some(tag) if tag.eq_ignore_ascii_case("en") => &EN,
                _ => continue,
            };
            if q > weight {
                (best, weight) = (texts, q);
            }
        }
        best
    }

    /// What a scope lets a client do.
    pub(super) fn scope<'s>(&self, name: &'s str) -> &'s str {
        self.scopes.iter().find(|(own, _)| *own == name).map_or(name, |(_, says)| says)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_spoken() {
        for (asked, lang) in
            [("", "en"), ("de-DE,de;q=0.9,en;q=0.8", "de"), ("fr, en;q=0.5, de;q=0.4", "en"), ("*", "en"), ("DE", "de")]
        {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, asked.parse().unwrap());
            assert_eq!(Texts::of(&headers).lang, lang, "{asked}");
        }
    }
}
