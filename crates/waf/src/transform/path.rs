//! Paths without `.`, `..` and doubled slashes.

/// Resolves `/./`, `//` and `x/../`; a leading `..` of a relative path stays, a slash at the end, too.
pub(super) fn normalize(value: &[u8]) -> Vec<u8> {
    let (is_absolute, ends_with_slash) = (value.starts_with(b"/"), value.ends_with(b"/"));
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in value.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|&last| last != b"..") => {
                parts.pop();
            }
            b".." if is_absolute => {}
            _ => parts.push(part),
        }
    }
    let mut out = Vec::with_capacity(value.len());
    if is_absolute && (ends_with_slash || !parts.is_empty()) {
        out.push(b'/');
    }
    out.extend(parts.join(&b'/'));
    if ends_with_slash && !parts.is_empty() {
        out.push(b'/');
    }
    out
}

/// The same after `\` became `/`.
pub(super) fn normalize_windows(value: &[u8]) -> Vec<u8> {
    let forward: Vec<u8> = value.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    normalize(&forward)
}
