//! The layer before all others: where a request comes from, and whether there is room for it.
//!
//! In this order, since each step is dearer than the one before: the client's address ([`Peer`]); is it banned; is the head
//! of the request what a head may be; a place among the requests under way, which is kept until the answer has left. What a
//! refusal further in says about its client ([`Offence::of_refusal`]) is told the gate on the way out.
//!
//! Invariants: nothing before this layer depends on who asks; a banned address gets no further, whatever it asks for.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};

use super::body::Body;
use super::peer::{self, Near, Peer};
use super::router::{self, Plane, Target};
use crate::app::App;
use crate::error::{Code, Failure};
use crate::infra::network::ddos::config::ConnectionConfig;
use crate::infra::network::ddos::offence::Offence;
use crate::infra::network::ddos::pace::Pace;
use crate::infra::network::ddos::{Priority, Ticket};

/// What a name and its value take on the wire beside themselves.
const HEADER_FRAME_BYTES: usize = 4;

/// Why a request was turned away before anything looked at what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    /// Its address is banned.
    #[error("this address is kept out for a while, for what came from it before")]
    Banned {
        /// For how long.
        retry_after_s: u64,
    },
    /// There are too many under way.
    #[error("the gateway has as many requests under way as it can serve")]
    Full,
    /// Its address is too long.
    #[error("the address of the request is longer than {0} bytes")]
    Uri(usize),
    /// It has too many headers, or too long ones.
    #[error("the request has more than {count} headers, or more than {bytes} bytes of them")]
    Headers {
        /// How many there may be.
        count: usize,
        /// How long together.
        bytes: u32,
    },
}

/// Lets a request in and says where it comes from.
///
/// # Errors
/// When its address is banned, its head is too large, or there is no room.
pub(super) fn enter<B>(app: &App, plane: Plane, request: &mut Request<B>) -> Result<Option<Ticket>, TurnedAway> {
    let rules = app.gate.rules();
    let near = request.extensions().get().map(|Near(address)| *address);
    if let Some(near) = near {
        let header = app.live().config.server.forwarded_header;
        // The admin plane is on loopback, where everybody could say anything.
        let trusts = |address: IpAddr| plane != Plane::Admin && app.gate.trusts(address);
        let peer = peer::client(near, request.headers(), header, trusts);
        request.extensions_mut().insert(peer);
    }
    let stall = Duration::from_secs(rules.limits.stall_timeout_s);
    request.extensions_mut().insert(Pace::new(stall, rules.limits.bytes_per_s_min));
    if plane == Plane::Admin {
        return Ok(None);
    }
    if let Some(retry_after_s) = address(request).and_then(|address| app.gate.ban_left_s(address)) {
        return Err(TurnedAway::Banned { retry_after_s });
    }
    head(request, &rules.limits)?;
    if plane == Plane::Redirect {
        // It is answered at once.
        return Ok(None);
    }
    let found = router::find(plane, request.method(), request.uri().path());
    let is_prompt = found.is_some_and(|(route, _)| matches!(route.target, Target::Prompt(_)));
    let priority = if is_prompt { Priority::Prompt } else { Priority::Person };
    app.gate.enter(priority).map(Some).ok_or(TurnedAway::Full)
}

/// Where a request comes from, for [`leave`].
pub(super) fn address<B>(request: &Request<B>) -> Option<IpAddr> {
    request.extensions().get().map(|Peer(address)| *address)
}

/// Tells the gate what an answer says about its client, and keeps the place until it has left.
pub(super) fn leave(app: &App, address: Option<IpAddr>, ticket: Option<Ticket>, response: &mut Response<Body>) {
    let refused = response.extensions_mut().remove::<Code>();
    if let (Some(Code(code)), Some(address)) = (refused, address) {
        if let Some(offence) = Offence::of_refusal(code) {
            app.gate.offend(address, offence);
        }
        if code == "address_banned" {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
    if let Some(ticket) = ticket {
        // Extensions have to be cloned, a place cannot be.
        response.extensions_mut().insert(Arc::new(ticket));
    }
}

/// Checks what the head of a request may be.
fn head<B>(request: &Request<B>, limits: &ConnectionConfig) -> Result<(), TurnedAway> {
    let uri = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    if uri > limits.uri_bytes_max {
        return Err(TurnedAway::Uri(limits.uri_bytes_max));
    }
    let headers = request.headers();
    let sizes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER_FRAME_BYTES);
    if headers.len() > limits.header_count_max || sizes.sum::<usize>() > limits.header_bytes_max as usize {
        return Err(TurnedAway::Headers { count: limits.header_count_max, bytes: limits.header_bytes_max });
    }
    Ok(())
}

impl From<TurnedAway> for Failure {
    fn from(turned: TurnedAway) -> Self {
        Self::TurnedAway(turned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(build: impl FnOnce(http::request::Builder) -> http::request::Builder, expected: Result<(), TurnedAway>) {
        let request = build(Request::builder()).body(()).unwrap();
        assert_eq!(head(&request, &ConnectionConfig::default()), expected);
    }

    #[test]
    fn a_head_is_bounded() {
        let too_large = Err(TurnedAway::Headers { count: 100, bytes: 32_768 });
        check(|request| request.uri("/v1/models?q=1").header("content-length", "5"), Ok(()));
        check(|request| request.uri(format!("/{}", "a".repeat(8_191))), Ok(()));
        check(|request| request.uri(format!("/{}", "a".repeat(8_192))), Err(TurnedAway::Uri(8_192)));
        check(|request| (0..101).fold(request, |request, at| request.header(format!("x-{at}"), "1")), too_large);
        check(|request| request.header("x-long", "a".repeat(32_768)), too_large);
    }
}
