//! Where answers may go: the very text that was registered (RFC 9700, 2.1), but for the port of a loopback address
//! (RFC 8252, 7.3).

/// Longer addresses are refused.
const BYTES_MAX: usize = 512;

/// Whether an address may be registered; otherwise why not.
///
/// # Errors
/// One sentence on what is wrong with it.
pub fn check(uri: &str) -> Result<(), &'static str> {
    if uri.len() > BYTES_MAX || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("must have at most 512 printable characters and no spaces");
    }
    if uri.contains(['#', '*', '\\', '"', '<', '>', '\'']) {
        return Err("must have no fragment, no wildcard, no quotes and no backslash");
    }
    let (scheme, rest) = uri.split_once(':').ok_or("must be an absolute address")?;
    if !scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte)) {
        return Err("must have a scheme in small letters");
    }
    if scheme.contains('.') {
        // A private-use scheme (RFC 8252, 7.1): the reversed name of a domain its owner controls.
        let is_path = rest.starts_with('/') && rest.len() > 1;
        return if is_path { Ok(()) } else { Err("must have a path after its private-use scheme") };
    }
    let parsed: http::Uri = uri.parse().map_err(|_| "must be an absolute address")?;
    let authority = parsed.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err("must have a host and no user in it");
    }
    if parsed.path().split('/').any(|part| part == "." || part == "..") {
        return Err("must have no `.` or `..` in its path");
    }
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback(parsed.host().unwrap_or_default()) => Ok(()),
        "http" => Err("must be `https`; `http` is for 127.0.0.1, [::1] and localhost"),
        _ => Err("must be `https`, `http` on loopback, or a private-use scheme with a dot (`com.example.app:/done`)"),
    }
}

/// Whether an answer may go to `asked`.
pub fn is_registered(registered: &[String], asked: &str) -> bool {
    registered.iter().any(|own| own == asked || differs_in_port_only(own, asked))
}

/// The origin or scheme that a form may lead to, for a content security policy.
pub fn form_target(uri: &str) -> String {
    match uri.parse::<http::Uri>() {
        Ok(parsed) if matches!(parsed.scheme_str(), Some("http" | "https")) => {
            let authority = parsed.authority().map(http::uri::Authority::as_str).unwrap_or_default();
            format!("{}://{authority}", parsed.scheme_str().unwrap_or_default())
        }
        _ => format!("{}:", uri.split(':').next().unwrap_or_default()),
    }
}

/// Native apps listen on whatever port is free.
fn differs_in_port_only(own: &str, asked: &str) -> bool {
    match (without_port(own), without_port(asked)) {
        (Some(own), Some(asked)) => own == asked,
        _ => false,
    }
}

/// A loopback address without its port, in its own spelling.
fn without_port(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_is_right = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
    (is_loopback(host) && port_is_right).then(|| format!("{host}{path}"))
}

/// Whether a host is this machine, as it is written.
pub fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for uri in [
            "https://app.example/cb",
            "https://app.example:8443/cb?x=1",
            "http://127.0.0.1/cb",
            "http://localhost:3000/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
        ] {
            assert_eq!(check(uri), Ok(()), "{uri}");
        }
        for uri in [
            "http://app.example/cb",
            "https://app.example/cb#f",
            "https://*.example/cb",
            "https://a@app.example/cb",
            "https://app.example/a/../cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "com.example.app:",
            "/cb",
            "https:///cb",
            "HTTPS://app.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://app.example\\@evil.example",
            "https://app.example/ cb",
        ] {
            assert!(check(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let own = ["https://app.example/cb".to_owned(), "http://127.0.0.1/cb".to_owned()];
        for uri in ["https://app.example/cb", "http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"] {
            assert!(is_registered(&own, uri), "{uri}");
        }
        for uri in [
            "https://app.example:444/cb",
            "https://APP.example/cb",
            "https://app.example/cb/",
            "https://app.example/cb?x",
            "https://app.example/cb#",
            "https://app.example/./cb",
            "https://u@app.example/cb",
            "http://127.0.0.1:080/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://u@127.0.0.1/cb",
            "http://localhost/cb",
            "http://127.0.0.1:1/cb/../x",
        ] {
            assert!(!is_registered(&own, uri), "{uri}");
        }
    }
}
