//! Texts of the pages that links in letters lead to, and of choosing a password.

use crate::auth::password::{Rule, Suggestion, Warning};

/// The texts of one language.
pub(in crate::http) struct LinkTexts {
    pub(in crate::http) invitation: &'static str,
    pub(in crate::http) invitation_says: &'static str,
    pub(in crate::http) forgot: &'static str,
    pub(in crate::http) forgot_says: &'static str,
    pub(in crate::http) send: &'static str,
    pub(in crate::http) sent: &'static str,
    pub(in crate::http) sent_says: &'static str,
    pub(in crate::http) choose: &'static str,
    pub(in crate::http) new_password: &'static str,
    /// With `{n}` for the number of characters.
    pub(in crate::http) password_hint: &'static str,
    pub(in crate::http) save: &'static str,
    pub(in crate::http) chosen: &'static str,
    pub(in crate::http) chosen_says: &'static str,
    pub(in crate::http) verification: &'static str,
    pub(in crate::http) verification_says: &'static str,
    pub(in crate::http) verified_says: &'static str,
    pub(in crate::http) invalid: &'static str,
    pub(in crate::http) another: &'static str,
    /// Why a password is not taken; with `{n}` for the number of characters.
    pub(in crate::http) rule: fn(Rule) -> &'static str,
    /// What is wrong with one that can be guessed.
    pub(in crate::http) warning: fn(Warning) -> &'static str,
    /// What would help.
    pub(in crate::http) hint: fn(Suggestion) -> &'static str,
}

pub(super) const EN: LinkTexts = LinkTexts {
    invitation: "Welcome",
    invitation_says: "You have been invited. Choose a password for your account.",
    forgot: "Forgot your password?",
    forgot_says: "Enter your e-mail address, and a link to choose a new password is sent to it.",
    send: "Send a link",
    sent: "Look at your mail",
    sent_says: "If there is an account with this address, a link is on its way. It works once, for a short time.",
    choose: "Choose a new password",
    new_password: "New password",
    password_hint: "At least {n} characters. Several words that do not belong together are good.",
    save: "Save the password",
    chosen: "Password saved",
    chosen_says: "You can log in with your new password now.",
    verification: "Confirm your e-mail address",
    verification_says: "Is this e-mail address yours? Then confirm it.",
    verified_says: "Your e-mail address is confirmed. You can close this page.",
    invalid: "This link is not valid: it was used, is too old, or was never sent.",
    another: "Ask for another link",
    rule: |rule| match rule {
        Rule::Long => "This password is too long.",
        Rule::Short => "This password has fewer than {n} characters.",
        Rule::Personal => {
            "Beside your own data and the names of this place, this password has fewer than {n} characters."
        }
        Rule::Guessable => "This password can be guessed.",
        Rule::Breached => "This password is in a set of breached passwords.",
    },
    warning: |warning| match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "Straight rows of keys are easy to guess.",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "Short keyboard patterns are easy to guess.",
        Warning::RepeatsLikeAaaAreEasyToGuess => "Repeats like “aaa” are easy to guess.",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "Repeats like “abcabc” are hardly harder than “abc”.",
        Warning::ThisIsATop10Password => "It is one of the ten most common passwords.",
        Warning::ThisIsATop100Password => "It is one of the hundred most common passwords.",
        Warning::ThisIsACommonPassword => "It is a very common password.",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "It is similar to a common password.",
        Warning::SequencesLikeAbcAreEasyToGuess => "Sequences like “abc” or “6543” are easy to guess.",
        Warning::RecentYearsAreEasyToGuess => "Recent years are easy to guess.",
        Warning::AWordByItselfIsEasyToGuess => "A word by itself is easy to guess.",
        Warning::DatesAreOftenEasyToGuess => "Dates are often easy to guess.",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "Names by themselves are easy to guess.",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "Common names are easy to guess.",
    },
    hint: |hint| match hint {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "Use a few words, and no common phrases.",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "There is no need for symbols, digits or capital letters."
        }
        Suggestion::AddAnotherWordOrTwo => "Add another word or two. Uncommon words are better.",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "Capital letters do not help very much.",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "All capital letters are guessed as easily as none."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => "Reversed words are not much harder to guess.",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "“@” instead of “a” does not help very much.",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => "Use a longer keyboard pattern with more turns.",
        Suggestion::AvoidRepeatedWordsAndCharacters => "Avoid repeated words and characters.",
        Suggestion::AvoidSequences => "Avoid sequences.",
        Suggestion::AvoidRecentYears => "Avoid recent years.",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "Avoid years that have to do with you.",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => "Avoid dates and years that have to do with you.",
    },
};

pub(super) const DE: LinkTexts = LinkTexts {
    invitation: "Willkommen",
    invitation_says: "Sie wurden eingeladen. Wählen Sie ein Passwort für Ihr Konto.",
    forgot: "Passwort vergessen?",
    forgot_says: "Geben Sie Ihre E-Mail-Adresse ein, dann wird ein Link zum Wählen eines neuen Passworts dorthin gesendet.",
    send: "Link senden",
    sent: "Sehen Sie in Ihre Post",
    sent_says: "Wenn es ein Konto mit dieser Adresse gibt, ist ein Link unterwegs. Er gilt einmal und nur kurze Zeit.",
    choose: "Neues Passwort wählen",
    new_password: "Neues Passwort",
    password_hint: "Mindestens {n} Zeichen. Gut sind mehrere Wörter, die nicht zusammengehören.",
    save: "Passwort speichern",
    chosen: "Passwort gespeichert",
    chosen_says: "Sie können sich jetzt mit Ihrem neuen Passwort anmelden.",
    verification: "E-Mail-Adresse bestätigen",
    verification_says: "Gehört diese E-Mail-Adresse Ihnen? Dann bestätigen Sie sie.",
    verified_says: "Ihre E-Mail-Adresse ist bestätigt. Sie können diese Seite schließen.",
    invalid: "Dieser Link gilt nicht: Er wurde benutzt, ist zu alt oder wurde nie gesendet.",
    another: "Einen anderen Link anfordern",
    rule: |rule| match rule {
        Rule::Long => "Dieses Passwort ist zu lang.",
        Rule::Short => "Dieses Passwort hat weniger als {n} Zeichen.",
        Rule::Personal => {
            "Neben Ihren eigenen Daten und den Namen dieses Ortes hat dieses Passwort weniger als {n} Zeichen."
        }
        Rule::Guessable => "Dieses Passwort kann erraten werden.",
        Rule::Breached => "Dieses Passwort steht in einer Sammlung gestohlener Passwörter.",
    },
    warning: |warning| match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess => "Gerade Tastenreihen sind leicht zu erraten.",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "Kurze Tastaturmuster sind leicht zu erraten.",
        Warning::RepeatsLikeAaaAreEasyToGuess => "Wiederholungen wie „aaa“ sind leicht zu erraten.",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => "„abcabc“ ist kaum schwerer zu erraten als „abc“.",
        Warning::ThisIsATop10Password => "Es ist eines der zehn häufigsten Passwörter.",
        Warning::ThisIsATop100Password => "Es ist eines der hundert häufigsten Passwörter.",
        Warning::ThisIsACommonPassword => "Es ist ein sehr häufiges Passwort.",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "Es ähnelt einem häufigen Passwort.",
        Warning::SequencesLikeAbcAreEasyToGuess => "Folgen wie „abc“ oder „6543“ sind leicht zu erraten.",
        Warning::RecentYearsAreEasyToGuess => "Jahre der letzten Zeit sind leicht zu erraten.",
        Warning::AWordByItselfIsEasyToGuess => "Ein einzelnes Wort ist leicht zu erraten.",
        Warning::DatesAreOftenEasyToGuess => "Daten sind oft leicht zu erraten.",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "Namen allein sind leicht zu erraten.",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "Häufige Namen sind leicht zu erraten.",
    },
    hint: |hint| match hint {
        Suggestion::UseAFewWordsAvoidCommonPhrases => "Verwenden Sie einige Wörter und keine üblichen Wendungen.",
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "Sonderzeichen, Ziffern oder Großbuchstaben sind nicht nötig."
        }
        Suggestion::AddAnotherWordOrTwo => "Fügen Sie ein oder zwei Wörter hinzu. Seltene Wörter sind besser.",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "Großbuchstaben helfen nicht viel.",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "Nur Großbuchstaben sind so leicht zu erraten wie gar keine."
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => "Umgedrehte Wörter sind kaum schwerer zu erraten.",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => "„@“ statt „a“ hilft nicht viel.",
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "Verwenden Sie ein längeres Tastaturmuster mit mehr Richtungswechseln."
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => "Vermeiden Sie wiederholte Wörter und Zeichen.",
        Suggestion::AvoidSequences => "Vermeiden Sie Folgen.",
        Suggestion::AvoidRecentYears => "Vermeiden Sie Jahre der letzten Zeit.",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "Vermeiden Sie Jahre, die mit Ihnen zu tun haben.",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "Vermeiden Sie Daten und Jahre, die mit Ihnen zu tun haben."
        }
    },
};
