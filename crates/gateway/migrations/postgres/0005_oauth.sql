-- Clients of the OAuth provider, what people are asked, codes, device grants and consents. Secrets, codes and device codes
-- are keyed hashes. Times are seconds since 1970; lists and bodies are JSON.
CREATE TABLE oauth_client (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    auth_method TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    logout_uris TEXT NOT NULL,
    grants TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE oauth_flow (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX oauth_flow_ends_at ON oauth_flow (ends_at);
CREATE TABLE oauth_code (
    hash BYTEA NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    login_session TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    used BIGINT NOT NULL,
    replayed BIGINT NOT NULL,
    issued_session TEXT
);
CREATE INDEX oauth_code_login_session ON oauth_code (login_session);
CREATE INDEX oauth_code_created_at ON oauth_code (created_at);
CREATE TABLE oauth_consent (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE TABLE oauth_device (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_hash BYTEA NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    state TEXT NOT NULL,
    approval TEXT,
    polled_at BIGINT NOT NULL,
    pause_s BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX oauth_device_ends_at ON oauth_device (ends_at);
