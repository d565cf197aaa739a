//! The header that a load balancer sends before the first byte of a connection (PROXY protocol, versions 1 and 2).
//!
//! Read exactly, not a byte beyond it, so that what follows (TLS or HTTP) is untouched. Source: the specification
//! `proxy-protocol.txt` of HAProxy. Values behind the addresses of version 2 are skipped. Only the listener calls this, and
//! only for connections of trusted proxies.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

const V2_SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, with its end.
const V1_BYTES_MAX: usize = 107;
/// The longest rest of version 2 that is read: addresses, and values that nobody here needs.
const V2_BYTES_MAX: usize = 2_048;

/// Reads the header; `None` when it says that the proxy speaks for itself, as in a health check.
///
/// # Errors
/// When there is none, or it is malformed.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    // Both versions are longer than this, and no version 1 line is shorter.
    let mut start = [0; V2_SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    if start == V2_SIGNATURE {
        return version_2(stream).await;
    }
    if !start.starts_with(b"PROXY ") {
        return Err(malformed("there is no PROXY header"));
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == V1_BYTES_MAX {
            return Err(malformed("its line is too long"));
        }
        line.push(stream.read_u8().await?);
    }
    version_1(&line[..line.len() - 2]).ok_or_else(|| malformed("its line is not what version 1 says"))
}

fn version_1(line: &[u8]) -> Option<Option<IpAddr>> {
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.strip_prefix("PROXY ")?.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(None);
    }
    let (source, target) = (words.next()?, words.next()?);
    let ports = [words.next()?, words.next()?];
    let is_whole = words.next().is_none() && ports.iter().all(|port| port.parse::<u16>().is_ok());
    let source = match family {
        "TCP4" => (source.parse().ok().map(IpAddr::V4), target.parse::<Ipv4Addr>().is_ok()),
        "TCP6" => (source.parse().ok().map(IpAddr::V6), target.parse::<Ipv6Addr>().is_ok()),
        _ => return None,
    };
    match source {
        (Some(source), true) if is_whole => Some(Some(source)),
        _ => None,
    }
}

async fn version_2(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut fixed = [0; 4];
    stream.read_exact(&mut fixed).await?;
    let [command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > V2_BYTES_MAX {
        return Err(malformed("it is too long"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (command, family >> 4) {
        // LOCAL: the proxy itself.
        (0x20, _) => Ok(None),
        (0x21, 0x1) if length >= 12 => Ok(rest.first_chunk::<4>().map(|source| IpAddr::V4(Ipv4Addr::from(*source)))),
        (0x21, 0x2) if length >= 36 => Ok(rest.first_chunk::<16>().map(|source| IpAddr::V6(Ipv6Addr::from(*source)))),
        _ => Err(malformed("it is of no version and family that there is")),
    }
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(bytes: &[u8], expected: Result<Option<&str>, &str>) {
        let mut stream = bytes;
        let read = read(&mut stream).await;
        match (read, expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found.map(|ip| ip.to_string()).as_deref(), expected);
                assert_eq!(stream, b"GET", "what follows is untouched");
            }
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (read, _) => panic!("{read:?} for {:?}", String::from_utf8_lossy(bytes)),
        }
    }

    #[tokio::test]
    async fn version_1_is_read_to_its_end_and_no_further() {
        check(b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\nGET", Ok(Some("192.0.2.1"))).await;
        check(b"PROXY TCP6 2001:db8::1 ::1 4711 443\r\nGET", Ok(Some("2001:db8::1"))).await;
        check(b"PROXY UNKNOWN\r\nGET", Ok(None)).await;
        check(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\nGET", Ok(None)).await;
        check(b"PROXY TCP4 192.0.2.1 10.0.0.1 4711\r\nGET", Err("version 1")).await;
        check(b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 99999\r\nGET", Err("version 1")).await;
        check(b"PROXY TCP4 2001:db8::1 ::1 4711 443\r\nGET", Err("version 1")).await;
        check(b"PROXY TCP4 192.0.2.1 10.0.0.1 4711 443 x\r\nGET", Err("version 1")).await;
        check(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", Err("no PROXY header")).await;
        check(&[b"PROXY TCP4 ".as_slice(), &[b'1'; 200]].concat(), Err("too long")).await;
        check(b"PROXY TCP4 192.0.2.1", Err("end of file")).await;
    }

    fn version_2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&V2_SIGNATURE[..], &[command, family], &length, rest, b"GET"].concat()
    }

    #[tokio::test]
    async fn version_2_is_read_to_its_end_and_no_further() {
        let v4 = [192, 0, 2, 1, 10, 0, 0, 1, 0x12, 0x67, 1, 0xbb];
        let v6 = [[0x20; 16].as_slice(), &[0; 20]].concat();
        check(&version_2(0x21, 0x11, &v4), Ok(Some("192.0.2.1"))).await;
        check(&version_2(0x21, 0x11, &[v4.as_slice(), &[4, 0, 1, 0]].concat()), Ok(Some("192.0.2.1"))).await;
        check(&version_2(0x21, 0x21, &v6), Ok(Some("2020:2020:2020:2020:2020:2020:2020:2020"))).await;
        check(&version_2(0x20, 0x00, &[]), Ok(None)).await;
        check(&version_2(0x21, 0x11, &v4[..8]), Err("no version and family")).await;
        check(&version_2(0x21, 0x31, &[0; 216]), Err("no version and family")).await;
        check(&version_2(0x11, 0x11, &v4), Err("no version and family")).await;
        check(&version_2(0x21, 0x11, &[0; 3_000]), Err("too long")).await;
    }
}
