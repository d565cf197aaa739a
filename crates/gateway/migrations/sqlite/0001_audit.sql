-- The audit log of each installation: groups of entries by the place of their first one in the tree, what is sealed beside
-- them, signed checkpoints, and how far each journal file was taken over. Times are microseconds since 1970.
CREATE TABLE audit_group (
    log TEXT NOT NULL,
    place INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    kinds TEXT NOT NULL,
    bodies BLOB NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (log, place)
);
CREATE INDEX audit_group_at_us ON audit_group (at_us, log, place);
CREATE TABLE audit_sealed (
    log TEXT NOT NULL,
    place INTEGER NOT NULL,
    fields BLOB NOT NULL,
    PRIMARY KEY (log, place)
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
