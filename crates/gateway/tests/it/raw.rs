//! Connections made by hand, from any address of loopback.

pub(crate) mod http2;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::app::TestApp;

/// Longer than anything here takes, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to the data plane.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

impl Raw {
    /// Connects from this address.
    pub(crate) async fn from(app: &TestApp, address: &str) -> Self {
        Self::connect(&app.base, address).await.expect("the gateway listens")
    }

    /// Connects from this address, if the system lets it.
    pub(crate) async fn connect(base: &str, address: &str) -> std::io::Result<Self> {
        let target: SocketAddr = base.trim_start_matches("http://").parse().unwrap();
        let socket = TcpSocket::new_v4()?;
        socket.bind((address.parse::<Ipv4Addr>().unwrap(), 0).into())?;
        let stream = socket.connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// Sends; says whether the other side still takes it.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await, Ok(Ok(())))
    }

    /// Everything that comes until the other side closes.
    ///
    /// # Panics
    /// When it does not close.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let read = async {
            let mut part = [0; 16 * 1024];
            // A reset ends it as well as a close does.
            while let Ok(1..) =
                self.stream.read(&mut part).await.inspect(|count| all.extend_from_slice(&part[..*count]))
            {}
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the gateway ends the connection");
        all
    }

    /// The first that comes, as text.
    pub(crate) async fn some(&mut self) -> String {
        let mut part = [0; 16 * 1024];
        let count =
            tokio::time::timeout(PATIENCE, self.stream.read(&mut part)).await.expect("something comes").unwrap();
        String::from_utf8_lossy(&part[..count]).into_owned()
    }

    /// As [`Raw::rest`], as text.
    pub(crate) async fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.rest().await).into_owned()
    }
}

/// A chat that a key asks, with more headers.
pub(crate) fn chat_over(key: &str, headers: &str) -> String {
    chat_to("m", key, headers)
}

/// As [`chat_over`], of another model.
pub(crate) fn chat_to(model: &str, key: &str, headers: &str) -> String {
    let mut body = crate::app::chat("Say hello");
    body["model"] = model.into();
    let body = body.to_string();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {key}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}
