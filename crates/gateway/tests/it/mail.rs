//! Letters to a mail server.

use std::path::Path;
use std::sync::Arc;

use portcullis::config::Config;
use portcullis::infra::mail::{Letter, MailError, Outbox, outbox};
use portcullis::infra::network::egress::Egress;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// The way that a configuration with these lines has.
fn way(lines: &str) -> Arc<dyn Outbox> {
    let config = Config::parse(lines, Path::new("test.toml")).unwrap();
    outbox(&config.mail, &Arc::new(Egress::new(config.egress_rules()))).unwrap()
}

fn letter() -> Letter {
    Letter { to: "ada@example.com".into(), subject: "A link", text: "http://127.0.0.1/#token=x\n".into() }
}

/// A mail server that takes one letter and says what it was told.
async fn server(listener: TcpListener, rcpt: &'static [u8]) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut told = String::new();
    let mut is_data = false;
    write.write_all(b"220 test\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        told += &format!("{line}\n");
        let answer: &[u8] = match line.as_str() {
            "." => {
                is_data = false;
                b"250 taken\r\n"
            }
            _ if is_data => continue,
            "DATA" => {
                is_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => break,
            _ if line.starts_with("RCPT") => rcpt,
            _ => b"250 test\r\n",
        };
        if write.write_all(answer).await.is_err() || line == "." {
            break;
        }
    }
    told
}

#[tokio::test]
async fn a_letter_reaches_a_mail_server() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let smtp = format!("mail.smtp = 'smtp://{}'", listener.local_addr().unwrap());
    let told = tokio::spawn(server(listener, b"250 known\r\n"));
    way(&smtp).send(letter()).await.unwrap();
    let told = told.await.unwrap();
    assert!(told.contains("RCPT TO:<ada@example.com>") && told.contains("Subject: A link"), "{told}");
}

#[tokio::test]
async fn without_a_way_nothing_is_sent_and_the_error_names_the_setting() {
    let error = way("").send(letter()).await.unwrap_err();
    assert!(matches!(error, MailError::NotConfigured) && error.to_string().contains("mail.folder"), "{error}");
}

#[tokio::test]
async fn a_refusal_does_not_repeat_the_address() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let smtp = format!("mail.smtp = 'smtp://{}'", listener.local_addr().unwrap());
    tokio::spawn(server(listener, b"550 there is no ada@example.com\r\n"));
    let error = way(&smtp).send(letter()).await.unwrap_err();
    let all = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(all.contains("550") && !all.contains("ada@"), "{all}");
}
