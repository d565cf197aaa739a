-- Provisioning by identity providers. Only a keyed hash of a token is stored. Times are seconds since 1970.
CREATE TABLE scim_token (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    used_at INTEGER
);

-- What an identity provider said about a user, sealed; names are found by their keyed hash. `roles` are those that groups
-- gave. `off_epoch` is the user's epoch after the provider deactivated them, NULL when somebody else did.
CREATE TABLE scim_user (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    tenant TEXT NOT NULL,
    profile BLOB NOT NULL,
    user_name_index BLOB NOT NULL,
    external_index BLOB,
    roles TEXT NOT NULL,
    off_epoch INTEGER,
    changed_at INTEGER NOT NULL,
    UNIQUE (tenant, user_name_index)
);
CREATE INDEX scim_user_external_index ON scim_user (tenant, external_index);

CREATE TABLE scim_group (
    team_id TEXT NOT NULL PRIMARY KEY REFERENCES team (id),
    external_id TEXT,
    changed_at INTEGER NOT NULL
);

-- Who is in which groups; `user_account.team` is one of them.
CREATE TABLE scim_member (
    team_id TEXT NOT NULL REFERENCES team (id),
    user_id TEXT NOT NULL REFERENCES user_account (id),
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX scim_member_user_id ON scim_member (user_id);
