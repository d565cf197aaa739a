//! What the engine cannot know by itself.

use std::sync::Arc;

use crate::variable::Store;

/// The connection a request came over, and the surroundings it is judged in.
#[derive(Clone)]
pub struct Connection {
    /// The client's address.
    pub client: String,
    /// The client's port.
    pub client_port: u16,
    /// The address the request came to.
    pub server: String,
    /// The port the request came to.
    pub server_port: u16,
    /// A name for the request, unlike any other.
    pub unique_id: String,
    /// Seconds since 1970.
    pub time: i64,
    /// Answers what only the outside knows.
    pub surroundings: Arc<dyn Surroundings>,
}

/// Everything a rule may ask that is not in the request. Each answer has a default that knows nothing.
pub trait Surroundings: Send + Sync {
    /// Where an address is: pairs for `GEO`, like `COUNTRY_CODE`; `None` when it is not known.
    fn locate(&self, _address: &str) -> Option<Vec<(String, String)>> {
        None
    }

    /// True when the zone of a DNS block list has the address.
    fn is_listed(&self, _zone: &str, _address: &str) -> bool {
        false
    }

    /// The variables kept under a key by earlier requests, as [`Surroundings::save`] got them, without the expired ones.
    fn load(&self, _store: Store, _key: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }

    /// Keeps variables for later requests; the third part is the seconds they last, when a rule said so.
    fn save(&self, _store: Store, _key: &[u8], _variables: &[(Vec<u8>, Vec<u8>, Option<u64>)]) {}
}

/// Surroundings that know nothing.
struct Nothing;

impl Surroundings for Nothing {}

impl Default for Connection {
    fn default() -> Self {
        Self {
            client: "127.0.0.1".to_owned(),
            client_port: 0,
            server: "127.0.0.1".to_owned(),
            server_port: 0,
            unique_id: String::new(),
            time: 0,
            surroundings: Arc::new(Nothing),
        }
    }
}
