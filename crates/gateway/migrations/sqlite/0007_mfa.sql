-- Second factors: authenticators of people. Name and secret are sealed; `step` is the last time step of which a code was
-- taken. One that is not confirmed counts for nothing. Times are seconds since 1970.
CREATE TABLE factor (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    secret BLOB NOT NULL,
    step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    used_at INTEGER
);
CREATE INDEX factor_user_id ON factor (user_id);

-- Recovery codes, by keyed hash. One that is used is gone.
CREATE TABLE recovery_code (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id)
);
CREATE INDEX recovery_code_user_id ON recovery_code (user_id);

-- Logins that wait for the second factor, by keyed hash. `device` is that of the browser's cookie, NULL for programs.
CREATE TABLE factor_challenge (
    hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_account (id),
    epoch INTEGER NOT NULL,
    device BLOB,
    enrols INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);

-- Until when somebody whose role asks for a second factor may set the first one up with the password alone.
CREATE TABLE factor_grace (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id),
    ends_at INTEGER NOT NULL
);
