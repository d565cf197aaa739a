//! The password in the user information of an address (`scheme://user:password@host`).

use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::Hit;

/// Reports the password of `matched`, which ends with `@` and the first byte of the host.
///
/// A password that repeats the user's name is the default of a container, and no secret.
pub(super) fn password(matched: &str, score: f32) -> Option<Hit> {
    const HOST_LEN: usize = 1;
    let start = matched.find("://")? + "://".len();
    let end = matched.len() - HOST_LEN - "@".len();
    let (user, password) = matched.get(start..end)?.split_once(':')?;
    let is_secret = user != password && !is_placeholder(password) && !is_port(password);
    let trim = (start + user.len() + ":".len(), matched.len() - end);
    is_secret.then_some(Hit { trim, ..Hit::new(score, Evidence::Context) })
}

/// `host:8080@…` is not user information that anybody wrote on purpose.
fn is_port(password: &str) -> bool {
    password.len() <= 5 && password.bytes().all(|byte| byte.is_ascii_digit())
}
