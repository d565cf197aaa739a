-- Tenants: organisations whose people and data are kept apart. Times are seconds since 1970; lists are JSON.
CREATE TABLE tenant (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
INSERT INTO tenant (id, name, created_at) VALUES ('default', 'default', 0);

CREATE TABLE team (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (tenant, name)
);

-- People and service accounts. E-mail and name are sealed; an e-mail is found by its keyed hash. What ends all sessions
-- raises the epoch.
CREATE TABLE user_account (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    team TEXT REFERENCES team (id),
    kind TEXT NOT NULL,
    email BYTEA,
    email_index BYTEA,
    name BYTEA NOT NULL,
    roles TEXT NOT NULL,
    status TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    verified_at BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (tenant, email_index)
);

-- Hashes of passwords, sealed.
CREATE TABLE password (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    scheme TEXT NOT NULL,
    pepper TEXT NOT NULL,
    cost BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Links sent by mail: invitation, verification, recovery. Only a keyed hash of a token is stored.
CREATE TABLE user_token (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX user_token_user_id ON user_token (user_id);

-- Attempts, by keyed hash of what is counted. Times are milliseconds since 1970.
CREATE TABLE throttle (
    subject BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    open_ms BIGINT NOT NULL
);
CREATE INDEX throttle_last_ms ON throttle (last_ms);
