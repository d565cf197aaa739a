-- Signing keys, sessions, refresh families and revocations. Private keys, addresses and user agents are sealed; no token
-- is stored. Times are seconds since 1970, those that end in _ms milliseconds; lists are JSON.
CREATE TABLE signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL,
    retiring_at INTEGER,
    ends_at INTEGER,
    revoked_at INTEGER
);
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    auth_time INTEGER NOT NULL,
    amr TEXT NOT NULL,
    acr TEXT,
    epoch INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    idle_ends_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER,
    reason TEXT
);
CREATE INDEX session_user_id ON session (user_id);
CREATE INDEX session_ends_at ON session (ends_at);
CREATE TABLE refresh_family (
    id TEXT NOT NULL PRIMARY KEY,
    counter INTEGER NOT NULL,
    rotated_at_ms INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    binding TEXT,
    idle_ends_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    revoked_at INTEGER,
    reason TEXT
);
CREATE INDEX refresh_family_ends_at ON refresh_family (ends_at);
CREATE TABLE token_revocation (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE TABLE token_epoch (
    number INTEGER NOT NULL
);
INSERT INTO token_epoch (number) VALUES (0);
CREATE INDEX token_revocation_changed_at ON token_revocation (changed_at);
