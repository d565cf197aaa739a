//! Whom we believe to be who they say, when we connect to others over TLS.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use http::Uri;
use hyper_rustls::ConfigBuilderExt as _;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// TLS towards others: trusting the authorities of a PEM file, or those of the system when there is none.
///
/// # Errors
/// When the file, or the system's authorities, cannot be read.
pub fn client(ca: Option<&Path>) -> io::Result<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let builder = match ca {
        None => builder.with_native_roots()?,
        Some(path) => builder.with_root_certificates(roots(path)?),
    };
    Ok(builder.with_no_client_auth())
}

/// Whether an address may be spoken to without anybody in between reading along: `https`, or this very machine.
pub fn is_private(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    uri.scheme_str() == Some("https") || is_here
}

/// Whether a text is the whole name of a host, in lower case: no address, and nothing that stands for several.
pub fn is_dns_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (1..=63).contains(&label.len()) && is_plain && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label) && text.parse::<IpAddr>().is_err()
}

fn roots(path: &Path) -> io::Result<RootCertStore> {
    let named = |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let pem = std::fs::read(path).map_err(|error| named(&error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|error| named(&error))?).map_err(|error| named(&error))?;
    }
    if roots.is_empty() {
        return Err(named(&"holds no certificate in PEM"));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: bool) {
        assert_eq!(is_private(&address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    fn names_of_hosts() {
        for name in ["a", "gate.example", "xn--a-1.example", "1.example"] {
            assert!(is_dns_name(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", ".", "a.", "a..b", "-a", "a-", "A.example", "*.example", "10.0.0.1", "a b", "a/b", "ä", &long]
        {
            assert!(!is_dns_name(name), "{name}");
        }
    }

    #[test]
    fn plain_text_stays_on_this_machine() {
        check("https://api.example/v1", true);
        check("http://127.0.0.1:9000/v1", true);
        check("http://[::1]:9000/v1", true);
        check("http://LOCALHOST:9000", true);
        check("http://api.example/v1", false);
        check("http://10.0.0.1/v1", false);
        check("http://localhost.example/v1", false);
        check("http://127.0.0.1.example/v1", false);
        check("http://0.0.0.0/v1", false);
    }
}
