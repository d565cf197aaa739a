-- Passkeys: what WebAuthn has to remember beside a factor. `credential` is the keyed hash of the credential's id; the id and
-- the public key are sealed in the factor's secret. Times are seconds since 1970.
CREATE TABLE passkey (
    factor_id TEXT NOT NULL PRIMARY KEY REFERENCES factor (id) ON DELETE CASCADE,
    credential BLOB NOT NULL UNIQUE,
    counter INTEGER NOT NULL,
    is_backup_eligible INTEGER NOT NULL,
    is_backed_up INTEGER NOT NULL
);

-- What authenticators know a person by: random, and the same for all passkeys of one person.
CREATE TABLE passkey_user (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    handle BLOB NOT NULL UNIQUE
);

-- Challenges that were answered, by hash, until they would have ended: each counts once.
CREATE TABLE passkey_challenge (
    hash BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

-- Until when somebody whose role asks for a passkey may log in without one.
CREATE TABLE passkey_grace (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    ends_at INTEGER NOT NULL
);
