//! Letters about second factors (ASVS V6.3.5, V6.3.7).

const NOT_YOU: &str = "If it was not you, tell your administrator at once.";

/// Subject and text of a letter.
pub(super) type Text = (&'static str, String);

pub(super) fn added() -> Text {
    text("A second factor was added", "a second factor was added to your account just now.")
}

pub(super) fn removed() -> Text {
    text("A second factor was removed", "a second factor of your account was removed just now.")
}

pub(super) fn reset() -> Text {
    text(
        "Your second factors were removed",
        "an administrator removed all second factors of your account and ended all sessions. You set a new one up at the \
         next login.",
    )
}

pub(super) fn codes_renewed() -> Text {
    text(
        "You have new recovery codes",
        "new recovery codes were made for your account. The old ones do not work any more.",
    )
}

pub(super) fn recovery_code_used(left: i64) -> Text {
    let text = format!("a recovery code of your account was used just now. {left} are left.\n\n{NOT_YOU}");
    ("A recovery code was used", text)
}

pub(super) fn wrong_code() -> Text {
    text(
        "Somebody knows your password",
        "somebody, perhaps you, gave your password and then a code or passkey that was not taken. Nobody was let in by \
         that.\n\nIf it was not you, choose another password now.",
    )
}

pub(super) fn copied(name: &str) -> Text {
    let text = format!(
        "the passkey \"{name}\" of your account was shown, and its count of uses says that there may be a copy of it. Nobody was \
         let in by that. Remove the passkey and add a new one.\n\n{NOT_YOU}"
    );
    ("A passkey may have been copied", text)
}

fn text(subject: &'static str, what: &str) -> Text {
    (subject, format!("{what}\n\n{NOT_YOU}"))
}
