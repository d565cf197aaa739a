-- The audit log of each installation: entries by their place in the tree, what is sealed beside them, signed checkpoints,
-- and how far each journal file was taken over. Times are microseconds since 1970.
CREATE TABLE audit_entry (
    log TEXT NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (log, place)
);
CREATE INDEX audit_entry_at_us ON audit_entry (at_us);
CREATE TABLE audit_sealed (
    log TEXT NOT NULL,
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    row_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (log, place, name)
);
CREATE TABLE audit_checkpoint (
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    peaks BLOB NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (log, size)
);
CREATE TABLE audit_journal (
    file TEXT NOT NULL PRIMARY KEY,
    applied INTEGER NOT NULL
);
