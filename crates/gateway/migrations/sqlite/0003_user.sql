-- Tenants: organisations whose people and data are kept apart. Times are seconds since 1970; lists are JSON.
CREATE TABLE tenant (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);
INSERT INTO tenant (id, name, created_at) VALUES ('default', 'default', 0);

CREATE TABLE team (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (tenant, name)
);

-- People and service accounts. E-mail and name are sealed; an e-mail is found by its keyed hash. What ends all sessions
-- raises the epoch.
CREATE TABLE user_account (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    team TEXT REFERENCES team (id),
    kind TEXT NOT NULL,
    email BLOB,
    email_index BLOB,
    name BLOB NOT NULL,
    roles TEXT NOT NULL,
    status TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    verified_at INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (tenant, email_index)
);

-- Hashes of passwords, sealed.
CREATE TABLE password (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    scheme TEXT NOT NULL,
    pepper TEXT NOT NULL,
    cost INTEGER NOT NULL,
    hash BLOB NOT NULL,
    changed_at INTEGER NOT NULL
);

-- Links sent by mail: invitation, verification, recovery. Only a keyed hash of a token is stored.
CREATE TABLE user_token (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    purpose TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX user_token_user_id ON user_token (user_id);

-- Attempts, by keyed hash of what is counted. Times are milliseconds since 1970.
CREATE TABLE throttle (
    subject BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    open_ms INTEGER NOT NULL
);
CREATE INDEX throttle_last_ms ON throttle (last_ms);
