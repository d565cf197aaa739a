//! What an ACME server is shown, while an order is under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The answers to challenges, by token.
#[derive(Debug, Clone, Default)]
pub struct Challenges(Arc<Mutex<HashMap<String, String>>>);

/// An answer that is shown as long as this is held.
#[derive(Debug)]
pub(super) struct Shown {
    challenges: Challenges,
    token: String,
}

impl Challenges {
    /// The answer to a token.
    pub fn answer(&self, token: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(super) fn show(&self, token: &str, answer: &str) -> Shown {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.insert(token.to_owned(), answer.to_owned());
        Shown { challenges: self.clone(), token: token.to_owned() }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.challenges.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_only_while_its_order_is_under_way() {
        let challenges = Challenges::default();
        let shown = challenges.show("token", "token.thumb");
        assert_eq!(challenges.answer("token").as_deref(), Some("token.thumb"));
        assert_eq!(challenges.answer("other"), None);
        drop(shown);
        assert_eq!(challenges.answer("token"), None);
    }
}
