//! What the pages say, in the languages they speak.

mod account;
mod app;
mod challenge;
mod factor;
mod link;
mod outside;
mod passkey;

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// The texts of one language.
pub(in crate::http) struct Texts {
    pub(super) lang: &'static str,
    pub(in crate::http) login: &'static str,
    pub(super) login_for: &'static str,
    pub(in crate::http) email: &'static str,
    pub(in crate::http) password: &'static str,
    pub(in crate::http) refused: &'static str,
    pub(in crate::http) wait: &'static str,
    pub(super) error: &'static str,
    pub(in crate::http) factor: factor::FactorTexts,
    pub(in crate::http) link: link::LinkTexts,
    pub(in crate::http) mine: account::AccountTexts,
    pub(in crate::http) outside: outside::OutsideTexts,
    pub(in crate::http) passkey: passkey::PasskeyTexts,
    pub(in crate::http) app: app::AppTexts,
    pub(in crate::http) challenge: challenge::ChallengeTexts,
    pub(in crate::http) consent: &'static str,
    pub(in crate::http) asks: &'static str,
    pub(in crate::http) strange: &'static str,
    pub(in crate::http) published: &'static str,
    pub(in crate::http) account: &'static str,
    pub(super) allow: &'static str,
    pub(super) deny: &'static str,
    pub(super) leads_to: &'static str,
    /// For how long a consent lasts, with `{days}` for a session.
    pub(super) lasts: &'static str,
    pub(in crate::http) device: &'static str,
    pub(super) user_code: &'static str,
    pub(super) device_warning: &'static str,
    pub(in crate::http) no_code: &'static str,
    pub(in crate::http) go_on: &'static str,
    pub(in crate::http) logout: &'static str,
    pub(super) logout_asks: &'static str,
    pub(in crate::http) logged_out: &'static str,
    pub(in crate::http) done: &'static str,
    pub(in crate::http) done_says: &'static str,
    pub(in crate::http) denied_says: &'static str,
    pub(in crate::http) wrong: &'static str,
    pub(in crate::http) wrong_says: &'static str,
    pub(in crate::http) old_page: &'static str,
    pub(in crate::http) unavailable: &'static str,
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
    error: "Error",
    factor: factor::EN,
    link: link::EN,
    mine: account::EN,
    outside: outside::EN,
    passkey: passkey::EN,
    app: app::EN,
    challenge: challenge::EN,
    consent: "Allow access?",
    asks: "wants to act for you. It could:",
    strange: "This app registered itself. Nobody who runs this gateway has checked it, nor its name.",
    published: "Nobody who runs this gateway has checked this app, nor its name. It is published by",
    account: "You are logged in as",
    allow: "Allow",
    deny: "Deny",
    leads_to: "The answer goes to",
    lasts: "This lasts until you take it back on your account page. After {days} days at most the app has to ask again for a login.",
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
    wrong_says: "The request is not right, so it was stopped here.",
    old_page: "This page was open for too long, or comes from somewhere else. Go back, load it again, and try once more.",
    unavailable: "This cannot be done at the moment. Please try again in a while.",
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
    error: "Fehler",
    factor: factor::DE,
    link: link::DE,
    mine: account::DE,
    outside: outside::DE,
    passkey: passkey::DE,
    app: app::DE,
    challenge: challenge::DE,
    consent: "Zugriff erlauben?",
    asks: "möchte für Sie handeln. Es könnte:",
    strange: "Diese App hat sich selbst angemeldet. Niemand, der dieses Gateway betreibt, hat sie oder ihren Namen geprüft.",
    published: "Niemand, der dieses Gateway betreibt, hat diese App oder ihren Namen geprüft. Veröffentlicht wird sie von",
    account: "Sie sind angemeldet als",
    allow: "Erlauben",
    deny: "Ablehnen",
    leads_to: "Die Antwort geht an",
    lasts: "Das gilt, bis Sie es auf Ihrer Kontoseite zurücknehmen. Nach höchstens {days} Tagen muss die App neu um eine Anmeldung bitten.",
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
    wrong_says: "Die Anfrage ist nicht richtig und wurde hier angehalten.",
    old_page: "Diese Seite war zu lange offen oder kommt von anderswo. Gehen Sie zurück, laden Sie sie neu und versuchen Sie es noch einmal.",
    unavailable: "Das geht im Moment nicht. Bitte versuchen Sie es in einer Weile noch einmal.",
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
    pub(in crate::http) fn scope<'s>(&self, name: &'s str) -> &'s str {
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
