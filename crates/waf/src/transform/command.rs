//! Command lines and comments: what a shell or a database would not see.

/// Undoes the tricks that hide a command: removes `\ " ' ^`, removes spaces before `/` and `(`, makes one space of
/// white space, commas and semicolons, and lowers the case.
pub(super) fn cmd_line(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut pending_space = false;
    for &byte in value {
        match byte {
            b'"' | b'\'' | b'\\' | b'^' => {}
            b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' => {
                if !pending_space {
                    out.push(b' ');
                    pending_space = true;
                }
            }
            b'/' | b'(' => {
                if pending_space {
                    out.pop();
                }
                pending_space = false;
                out.push(byte);
            }
            _ => {
                out.push(byte.to_ascii_lowercase());
                pending_space = false;
            }
        }
    }
    out
}

/// Makes one space of each `/* … */`; an unfinished one swallows the rest.
pub(super) fn replace_comments(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = memchr::memmem::find(rest, b"/*") {
        out.extend_from_slice(&rest[..start]);
        out.push(b' ');
        let inside = &rest[start + 2..];
        rest = memchr::memmem::find(inside, b"*/").map_or(&[][..], |end| &inside[end + 2..]);
    }
    out.extend_from_slice(rest);
    out
}

/// Removes `/* … */` and `<!-- … -->`, and cuts at `--` or `#`.
pub(super) fn remove_comments(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(&byte) = rest.first() {
        let end = if rest.starts_with(b"/*") {
            Some(&b"*/"[..])
        } else if rest.starts_with(b"<!--") {
            Some(&b"-->"[..])
        } else {
            None
        };
        if let Some(end) = end {
            let after = memchr::memmem::find(rest, end).map(|at| &rest[at + end.len()..]);
            if after.is_none() {
                out.push(b' ');
            }
            rest = after.unwrap_or_default();
        } else if rest.starts_with(b"--") || byte == b'#' {
            break;
        } else {
            out.push(byte);
            rest = &rest[1..];
        }
    }
    out
}

/// Removes the marks of comments (`/*`, `*/`, `<!--`, `-->`, `--`, `#`) and leaves what they enclosed.
pub(super) fn remove_comments_char(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(&byte) = rest.first() {
        let mark = [&b"<!--"[..], b"-->", b"/*", b"*/", b"--", b"#"].into_iter().find(|mark| rest.starts_with(mark));
        match mark {
            Some(mark) => rest = &rest[mark.len()..],
            None => {
                out.push(byte);
                rest = &rest[1..];
            }
        }
    }
    out
}
