-- API keys. Only a keyed hash of a key is stored. Times are seconds since 1970; lists are JSON.
CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    app TEXT,
    scopes TEXT NOT NULL,
    models TEXT,
    hint TEXT NOT NULL,
    replaced_by TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    changed_at INTEGER NOT NULL
);
CREATE INDEX api_key_changed_at ON api_key (changed_at);
