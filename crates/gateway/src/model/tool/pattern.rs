//! Names with `*` in them.

/// Whether one of the patterns names it. Case does not matter; `*` stands for any letters, also none.
pub fn names_any(patterns: &[String], name: &str) -> bool {
    !patterns.is_empty() && {
        let name = name.to_lowercase();
        patterns.iter().any(|pattern| names(&pattern.to_lowercase(), &name))
    }
}

/// Compares in one pass: after a `*` the shortest fit of each piece is the best.
fn names(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: bool) {
        assert_eq!(names_any(&[pattern.to_owned()], name), expected, "{pattern} {name}");
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        check("delete_*", "Delete_File", true);
        check("delete_*", "undelete_file", false);
        check("*_file", "delete_file", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c", false);
        check("*", "", true);
        check("ab", "ab", true);
        check("ab", "abc", false);
        check("a*a", "a", false);
        assert!(!names_any(&[], "a"));
    }
}
