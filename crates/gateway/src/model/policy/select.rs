//! What a line selects.

use guard::Rule;

/// Whether `select` (a rule id, a family, a category or its beginning, or `*`) names the rule. `*` leaves out families that
/// run only where they are named.
pub(super) fn selects(select: &str, rule: &Rule) -> bool {
    if (select == "*" && !rule.family.is_opt_in()) || select == rule.id || select == rule.family.name() {
        return true;
    }
    let select = select.strip_suffix(".*").unwrap_or(select);
    rule.category == select || rule.category.strip_prefix(select).is_some_and(|rest| rest.starts_with(['.', '/']))
}

/// Whether a name, or a beginning with `*` behind it, names the model.
pub fn names(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => pattern == model,
    }
}

/// Whether every address in `text` leads to one of `hosts`; a leading dot takes in subdomains.
pub(super) fn links_only_to(hosts: &[String], text: &str) -> bool {
    if hosts.is_empty() {
        return false;
    }
    let mut addresses = text.split("//").skip(1).peekable();
    let allowed = |address: &str| {
        let end = address.find(|c: char| c.is_whitespace() || "/?#)]>\"'\\".contains(c)).unwrap_or(address.len());
        let host = address[..end].to_ascii_lowercase();
        // User information hides where an address leads.
        if host.contains('@') {
            return false;
        }
        let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
        hosts.iter().any(|own| match own.strip_prefix('.') {
            Some(domain) => host == domain || host.ends_with(own.as_str()),
            None => host == own,
        })
    };
    addresses.peek().is_some() && addresses.all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_listed_hosts_are_let_through() {
        let hosts = ["example.com".to_owned(), ".example.org".to_owned()];
        let check = |text: &str, expected| assert_eq!(links_only_to(&hosts, text), expected, "{text}");
        check("](https://example.com/?q=1)", true);
        check("](https://www.example.org:8443/x)", true);
        check("](https://www.example.com/)", false);
        check("](https://example.com@evil.test/)", false);
        check("](https://evilexample.org/)", false);
        check("no address", false);
    }
}
