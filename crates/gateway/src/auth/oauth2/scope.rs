//! Scopes: what a client may ask for, and what it gets.

use crate::auth::key;

/// The client learns who logged in.
pub const OPENID: &str = "openid";
/// The client learns the name.
pub const PROFILE: &str = "profile";
/// The client learns the e-mail address.
pub const EMAIL: &str = "email";
/// The client may act while the person is away.
pub const OFFLINE: &str = "offline_access";

/// Scopes of the provider itself, beside those of keys.
pub const OWN: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE];

/// Whether there is such a scope.
pub fn is_known(scope: &str) -> bool {
    OWN.contains(&scope) || key::SCOPES.contains(&scope)
}

/// The scopes in a text, each once, in its order.
pub fn parse(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// What is left of `asked` for somebody whose roles allow `allowed`: never more than was asked.
pub fn granted(asked: &[String], allowed: &[String]) -> Vec<String> {
    asked.iter().filter(|scope| OWN.contains(&scope.as_str()) || allowed.contains(scope)).cloned().collect()
}

/// Whether `all` has every one of `some`.
pub fn covers(all: &[String], some: &[String]) -> bool {
    some.iter().all(|scope| all.contains(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_more_than_asked_or_more_than_their_roles_allow() {
        let list = |text: &str| parse(text);
        assert_eq!(granted(&list("openid admin inference"), &list("inference")), list("openid inference"));
        assert_eq!(granted(&list("openid"), &list("inference admin")), list("openid"));
        assert_eq!(list("a  b a"), ["a", "b"]);
    }
}
