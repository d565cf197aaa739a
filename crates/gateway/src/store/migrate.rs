//! The migrations of both databases, in one list. A number that was shipped is never changed.

use sqlx::migrate::{Migration, MigrationType, Migrator};

/// One step: its number, its name, and the statements for SQLite and PostgreSQL.
struct Step(i64, &'static str, &'static str, &'static str);

macro_rules! step {
    ($number:literal, $name:literal) => {
        Step(
            $number,
            $name,
            include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        )
    };
}

const STEPS: &[Step] = &[
    step!(1, "0001_audit"),
    step!(2, "0002_key"),
    step!(3, "0003_user"),
    step!(4, "0004_token"),
    step!(5, "0005_oauth"),
    step!(6, "0006_access"),
    step!(7, "0007_mfa"),
    step!(9, "0009_passkey"),
    step!(8, "0008_outside"),
    step!(10, "0010_pseudonym"),
    step!(11, "0011_policy"),
    step!(12, "0012_oauth_client"),
    step!(13, "0013_scim"),
    step!(14, "0014_limit"),
    step!(15, "0015_client_certificate"),
    step!(16, "0016_policy_revision"),
];

/// The steps for SQLite.
pub(super) fn sqlite() -> Migrator {
    migrator(|step| step.2)
}

/// The steps for PostgreSQL.
pub(super) fn postgres() -> Migrator {
    migrator(|step| step.3)
}

fn migrator(statements: fn(&Step) -> &'static str) -> Migrator {
    let step = |step: &Step| {
        let text = sqlx::SqlSafeStr::into_sql_str(statements(step));
        Migration::new(step.0, step.1.into(), MigrationType::Simple, text, false)
    };
    Migrator::with_migrations(STEPS.iter().map(step).collect())
}
