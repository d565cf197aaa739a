-- Identities of people at outside OpenID providers. `subject` is a keyed hash of tenant, issuer and subject; what they are is
-- sealed. Times are seconds since 1970.
CREATE TABLE outside_identity (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    tenant TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
);
CREATE INDEX outside_identity_user_id ON outside_identity (user_id);

-- Logins under way at a provider: keyed hashes of `state` and of the browser's cookie. What else has to be kept secret is
-- derived from both and stored nowhere.
CREATE TABLE outside_flow (
    hash BLOB NOT NULL PRIMARY KEY,
    browser BLOB NOT NULL,
    provider TEXT NOT NULL,
    body TEXT NOT NULL,
    ends_at INTEGER NOT NULL
);
CREATE INDEX outside_flow_ends_at ON outside_flow (ends_at);

-- What was shown before the second factor: a password, or a login at an outside provider.
ALTER TABLE factor_challenge ADD COLUMN first TEXT NOT NULL DEFAULT 'pwd';
