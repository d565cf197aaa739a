-- Signing keys, sessions, refresh families and revocations. Private keys, addresses and user agents are sealed; no token
-- is stored. Times are seconds since 1970, those that end in _ms milliseconds; lists are JSON.
CREATE TABLE signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL,
    retiring_at BIGINT,
    ends_at BIGINT,
    revoked_at BIGINT
);
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    acr TEXT,
    epoch BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    idle_ends_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT,
    reason TEXT
);
CREATE INDEX session_user_id ON session (user_id);
CREATE INDEX session_ends_at ON session (ends_at);
CREATE TABLE refresh_family (
    id TEXT NOT NULL PRIMARY KEY,
    counter BIGINT NOT NULL,
    rotated_at_ms BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,
    binding TEXT,
    idle_ends_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    revoked_at BIGINT,
    reason TEXT
);
CREATE INDEX refresh_family_ends_at ON refresh_family (ends_at);
CREATE TABLE token_revocation (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    number BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE TABLE token_epoch (
    number BIGINT NOT NULL
);
INSERT INTO token_epoch (number) VALUES (0);
CREATE INDEX token_revocation_changed_at ON token_revocation (changed_at);
