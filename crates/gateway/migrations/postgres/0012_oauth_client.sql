-- What clients of the OAuth provider can besides: prove themselves with a key, be told of logouts, register themselves. Names
-- of assertions and registration tokens are keyed hashes; `source` is a keyed name of an address. Times are seconds since 1970.
ALTER TABLE oauth_client ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE oauth_client ADD COLUMN backchannel_logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE oauth_client ADD COLUMN origin TEXT NOT NULL DEFAULT 'operator';
ALTER TABLE oauth_client ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE oauth_flow ADD COLUMN source BYTEA NOT NULL DEFAULT '';
CREATE INDEX oauth_flow_source ON oauth_flow (source);
ALTER TABLE oauth_device ADD COLUMN source BYTEA NOT NULL DEFAULT '';
CREATE INDEX oauth_device_source ON oauth_device (source);
CREATE TABLE oauth_assertion (
    hash BYTEA NOT NULL PRIMARY KEY,
    ends_at BIGINT NOT NULL
);
CREATE INDEX oauth_assertion_ends_at ON oauth_assertion (ends_at);
CREATE TABLE oauth_login (
    sid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    login_session TEXT NOT NULL,
    user_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (sid, client_id)
);
CREATE INDEX oauth_login_login_session ON oauth_login (login_session);
CREATE INDEX oauth_login_next_at ON oauth_login (state, next_at);
CREATE TABLE oauth_invitation (
    id TEXT NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX session_ended_at ON session (ended_at);
