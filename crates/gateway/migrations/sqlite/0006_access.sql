-- Who has an API key: a user, a service account, or `cli`, the operator of the machine. Times are seconds since 1970.
ALTER TABLE api_key ADD COLUMN owner TEXT NOT NULL DEFAULT 'cli';

-- What somebody used, and when last, to the minute.
CREATE TABLE access_use (
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (principal, action)
);

CREATE INDEX user_account_changed_at ON user_account (changed_at);
