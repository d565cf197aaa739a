//! Users of another program, with the hashes of their passwords: one JSON object a line.

use std::io::BufRead;

use serde::{Deserialize, Serialize};

use super::info::{NewUser, Status, UserKind};
use super::{UserError, Users, address, store};
use crate::auth::password::Passwords;

/// One user to import.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportLine {
    /// The address.
    pub email: String,
    /// The name; the address when left out.
    #[serde(default)]
    pub name: Option<String>,
    /// The roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The hash. It is verified at the first login and then made anew.
    pub hash: String,
}

/// What was imported.
#[derive(Debug, Default, Serialize)]
pub struct ImportReport {
    /// Users that were made.
    pub imported: u64,
    /// Lines that were not taken: number, and why.
    pub refused: Vec<(u64, String)>,
}

impl Users {
    /// Imports users. A line that is not taken does not hold up the others.
    ///
    /// # Errors
    /// When the file cannot be read, or the store or the journal fails.
    pub async fn import(&self, lines: impl BufRead, tenant: &str, actor: &str) -> Result<ImportReport, UserError> {
        self.tenant(tenant).await?;
        let mut report = ImportReport::default();
        for (line, number) in lines.lines().zip(1..) {
            let line = line.map_err(|error| UserError::Invalid(format!("line {number}: {error}")))?;
            if line.trim().is_empty() {
                continue;
            }
            match self.import_line(&line, tenant, actor).await {
                Ok(()) => report.imported += 1,
                Err(error @ (UserError::Invalid(_) | UserError::Taken(_) | UserError::Hash(_))) => {
                    report.refused.push((number, error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    async fn import_line(&self, line: &str, tenant: &str, actor: &str) -> Result<(), UserError> {
        // The message of the parser could show a part of the hash.
        let shape = |_| UserError::Invalid("must be an object with email, hash, and perhaps name and roles".to_owned());
        let line: ImportLine = serde_json::from_str(line).map_err(shape)?;
        let hashed = Passwords::adopt(&line.hash)?;
        let email = address::normalized(&line.email)?;
        if self.find(tenant, &email).await?.is_some() {
            return Err(UserError::Taken("email"));
        }
        let name = line.name.unwrap_or_else(|| email.clone());
        let new = NewUser { tenant: tenant.to_owned(), team: None, email, name, roles: line.roles };
        let user = self.add(&new, UserKind::Person, Status::Active, actor).await?;
        let sealed = self.seal_hash(&user, &hashed)?;
        Ok(store::renew_password(&self.db, &user.id, &hashed, sealed, self.now_s()).await?)
    }
}
