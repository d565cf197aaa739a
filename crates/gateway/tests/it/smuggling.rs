//! Requests that two readers could take for different ones: each is refused, or is one request and the connection's last.

use crate::app::TestApp;
use crate::raw::Raw;

/// What the smuggler wants to be served as a request of its own.
const HIDDEN: &str = "GET /v1/models?hidden HTTP/1.1\r\nHost: gateway\r\n\r\n";

/// The statuses that came back.
async fn answers(app: &TestApp, request: &str) -> Vec<String> {
    let mut raw = Raw::from(app, "127.0.0.81").await;
    raw.send(request).await;
    let answer = raw.text().await;
    answer.lines().filter(|line| line.starts_with("HTTP/1.")).map(|line| line[9..12].to_owned()).collect()
}

async fn start() -> TestApp {
    TestApp::altered("[server.limits]\nidle_timeout_s = 1\n", |config| config.server.header_timeout_s = 1).await
}

#[tokio::test]
async fn a_length_that_is_said_twice_smuggles_nothing() {
    let app = start().await;
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 300\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let request = format!("POST /v1/moderations HTTP/1.1\r\nHost: gateway\r\n{lengths}\r\n0\r\n\r\n{HIDDEN}");
        assert_eq!(answers(&app, &request).await, ["401"], "{lengths}");
    }
}

#[tokio::test]
async fn lengths_that_are_none_are_refused() {
    let app = start().await;
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ] {
        let request = format!("POST /v1/moderations HTTP/1.1\r\nHost: gateway\r\n{lengths}\r\n0\r\n\r\n{HIDDEN}");
        assert_eq!(answers(&app, &request).await, ["400"], "{lengths}");
    }
    let old = format!("POST /v1/moderations HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}");
    assert_eq!(answers(&app, &old).await, ["400"]);
}

#[tokio::test]
async fn headers_that_two_readers_take_apart_differently_are_refused() {
    let app = start().await;
    for header in [
        "X-A: b\r\n folded: c\r\n",
        "X-A: b\r\n\tfolded\r\n",
        "Content-Length : 0\r\n",
        " Content-Length: 0\r\n",
        "Content-Length\t: 0\r\n",
        "X-A: b\rContent-Length: 0\r\n",
        "X-A: b\0c\r\n",
        "X A: b\r\n",
        ": empty\r\n",
        "no colon\r\n",
    ] {
        let request = format!("GET /v1/models HTTP/1.1\r\nHost: gateway\r\n{header}\r\n");
        assert_eq!(answers(&app, &request).await, ["400"], "{header:?}");
    }
    for line in
        ["GET  /v1/models HTTP/1.1", "GET /v1/models HTTP/1.1 x", "GET /v1/ models HTTP/1.1", "GET /v1/models HTTP/9.9"]
    {
        assert_eq!(answers(&app, &format!("{line}\r\nHost: gateway\r\n\r\n")).await, ["400"], "{line}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_end_the_connection() {
    let app = start().await;
    for chunks in [
        "5\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX0\r\n\r\n",
        "fffffffffffffffff\r\n",
    ] {
        let request = format!(
            "POST /v1/moderations HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{HIDDEN}"
        );
        let answers = answers(&app, &request).await;
        assert!(answers.len() == 1 && answers[0] != "200", "{chunks:?}: {answers:?}");
    }
}

/// RFC 9112, 2.2: a lone line feed may end a line. What matters is that it ends it for everything behind as well: one
/// request in, one answer out.
#[tokio::test]
async fn a_bare_line_feed_hides_no_second_request() {
    let app = start().await;
    let hidden = "GET /v1/models?hidden HTTP/1.1\nHost: gateway\n\n";
    for request in [
        format!("POST /v1/moderations HTTP/1.1\nHost: gateway\nContent-Length: {}\n\n{hidden}", hidden.len()),
        format!(
            "POST /v1/moderations HTTP/1.1\r\nHost: gateway\r\nX-A: b\nContent-Length: {}\r\n\r\n{HIDDEN}",
            HIDDEN.len()
        ),
        "GET /v1/models HTTP/1.1\nHost: gateway\nConnection: close\n\n".to_owned(),
    ] {
        assert_eq!(answers(&app, &request).await, ["401"], "{request:?}");
    }
}
