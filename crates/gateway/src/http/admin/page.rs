//! Lists in pages: `?limit=` at most, `?after=` the id that the page before ended with.

use serde::Serialize;

use super::AdminError;

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 500;
const ID_BYTES_MAX: usize = 64;

/// Which page.
#[derive(Debug)]
pub(super) struct Asked {
    /// The id that the page before ended with; empty for the first.
    pub(super) after: String,
    /// How many at most.
    limit: usize,
    pairs: Vec<(String, String)>,
}

/// A page.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Page<T> {
    /// What is on it.
    items: Vec<T>,
    /// The `after` of the next page; none on the last.
    next: Option<String>,
}

impl Asked {
    /// Reads the query.
    pub(super) fn of(query: Option<&str>, known: &[&str]) -> Result<Self, AdminError> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        for (name, _) in &pairs {
            if !["limit", "after"].contains(&name.as_str()) && !known.contains(&name.as_str()) {
                let name: String = name.chars().take(64).collect();
                return Err(AdminError::Invalid(format!("{name}: is no parameter of this list")));
            }
        }
        let mut asked = Self { after: String::new(), limit: LIMIT, pairs };
        if let Some(limit) = asked.parameter("limit") {
            let limit = limit.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            asked.limit =
                limit.ok_or_else(|| AdminError::Invalid(format!("limit: must be a number from 1 to {LIMIT_MAX}")))?;
        }
        if let Some(after) = asked.parameter("after") {
            let is_id = after.len() <= ID_BYTES_MAX
                && after.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            if !is_id {
                return Err(AdminError::Invalid("after: must be the `next` of the page before".to_owned()));
            }
            asked.after = after.to_owned();
        }
        Ok(asked)
    }

    /// One parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// One more than is shown, to know whether there is a next page.
    pub(super) fn fetched(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// The page of what was fetched.
    pub(super) fn page<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> &str) -> Page<T> {
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| has_more).map(|last| id(last).to_owned());
        Page { items, next }
    }
}
