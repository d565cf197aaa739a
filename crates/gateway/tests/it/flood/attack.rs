//! The attackers, each on one connection until it is cut.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::raw::Raw;
use crate::raw::http2::{self, Frame};

/// The first half of the handshake's first message, of a client that goes no further.
pub(super) fn half_a_hello(client: ClientConfig) -> Vec<u8> {
    let mut hello = Vec::new();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    ClientConnection::new(Arc::new(client), name).unwrap().write_tls(&mut hello).unwrap();
    hello.truncate(hello.len() / 2);
    hello
}

/// Something, and then nothing more.
pub(super) async fn said_and_waited(mut raw: Raw, said: Vec<u8>) {
    raw.send(said).await;
    drop(raw.rest().await);
}

/// A header now and then, and never the end of them.
pub(super) async fn slow_headers(mut raw: Raw) {
    raw.send("POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n").await;
    while raw.send("X-A: b\r\n").await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Nothing at all.
pub(super) async fn silence(mut raw: Raw) {
    drop(raw.rest().await);
}

/// A head with a valid key, and then a byte now and then.
pub(super) async fn trickle(mut raw: Raw, head: String) {
    raw.send(head).await;
    while raw.send(" ").await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Requests one after the other, until the answers that nobody reads fill all buffers on the way.
pub(super) async fn unread(mut raw: Raw) {
    let asks = "GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n".repeat(200);
    while raw.send(&asks).await {}
}

/// Frames of HTTP/2, for as long as they are taken.
pub(super) async fn frames(mut raw: Raw, frames: Vec<u8>, rounds: usize) {
    raw.send(http2::opening()).await;
    for _ in 0..rounds {
        if !raw.send(&frames).await {
            return;
        }
    }
    drop(raw.rest().await);
}

/// Requests to an answer that the window never lets through.
pub(super) async fn no_window(mut raw: Raw) {
    raw.send(http2::opening_with(&[(4, 0)])).await;
    raw.send((0..50_u32).flat_map(|at| http2::get(2 * at + 1, "/v1/models")).collect::<Vec<u8>>()).await;
    drop(raw.rest().await);
}

/// Requests that are taken back at once (CVE-2023-44487).
pub(super) fn rapid_resets() -> Vec<u8> {
    (0..200_u32).flat_map(|at| [http2::get(2 * at + 1, "/v1/models"), Frame::reset(2 * at + 1)].concat()).collect()
}

/// A head that goes on and on (CVE-2024-27316); with empty parts no limit of bytes ever sees it.
pub(super) fn continuations(is_empty: bool) -> Vec<u8> {
    let begin = Frame { kind: 1, flags: 1, stream: 1, payload: http2::head("/v1/models") }.bytes();
    let payload = if is_empty { Vec::new() } else { http2::header("x-a", &"b".repeat(4_000)) };
    let more = Frame { kind: 9, flags: 0, stream: 1, payload }.bytes();
    [begin, more.repeat(if is_empty { 3_000 } else { 400 })].concat()
}

/// A hundred frames that ask for an answer and carry nothing.
pub(super) fn control(kind: u8, stream: u32, payload: Vec<u8>) -> Vec<u8> {
    Frame { kind, flags: 0, stream, payload }.bytes().repeat(100)
}

/// One entry of four kilobytes in the table, and twelve thousand references of one byte to it: 46 MiB.
pub(super) fn bomb() -> Vec<u8> {
    let mut block = http2::head("/v1/models");
    block.extend(http2::remembered("x-bomb", &"b".repeat(3_900)));
    block.extend(std::iter::repeat_n(0xbe, 12_000));
    Frame { kind: 1, flags: 5, stream: 1, payload: block }.bytes()
}

/// A head that announces a body, and its beginning.
pub(super) fn long_body(key: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{\"model\":\"m\",\"messages\":"
    )
}
