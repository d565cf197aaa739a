-- What became of stored policies: the newest hundred revisions of each name. `body` is null where the policy was removed,
-- `restores` the number of the revision that was gone back to. Changed at, in seconds since 1970; changed by the id of a key
-- or a person.
CREATE TABLE policy_revision (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    action TEXT NOT NULL,
    body TEXT,
    version TEXT,
    restores INTEGER,
    changed_at INTEGER NOT NULL,
    changed_by TEXT,
    PRIMARY KEY (name, number)
);
INSERT INTO policy_revision (name, number, action, body, changed_at)
SELECT name, 1, 'stored', body, changed_at FROM policy;
