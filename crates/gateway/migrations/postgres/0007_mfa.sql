-- Second factors: authenticators of people. Name and secret are sealed; `step` is the last time step of which a code was
-- taken. One that is not confirmed counts for nothing. Times are seconds since 1970.
CREATE TABLE factor (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    kind TEXT NOT NULL,
    name BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    used_at BIGINT
);
CREATE INDEX factor_user_id ON factor (user_id);

-- Recovery codes, by keyed hash. One that is used is gone.
CREATE TABLE recovery_code (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id)
);
CREATE INDEX recovery_code_user_id ON recovery_code (user_id);

-- Logins that wait for the second factor, by keyed hash. `device` is that of the browser's cookie, NULL for programs.
CREATE TABLE factor_challenge (
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    epoch BIGINT NOT NULL,
    device BYTEA,
    enrols BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Until when somebody whose role asks for a second factor may set the first one up with the password alone.
CREATE TABLE factor_grace (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    ends_at BIGINT NOT NULL
);
