-- Policies put in over the admin API; they stand before those of the configuration file. Changed at, in seconds since 1970.
CREATE TABLE policy (
    name TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    changed_at INTEGER NOT NULL
);
