-- API keys. Only a keyed hash of a key is stored. Times are seconds since 1970; lists are JSON.
CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    app TEXT,
    scopes TEXT NOT NULL,
    models TEXT,
    hint TEXT NOT NULL,
    replaced_by TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    changed_at BIGINT NOT NULL
);
CREATE INDEX api_key_changed_at ON api_key (changed_at);
