-- Every saved state of an entry, for restoring and comparing. See revision.go for how contents are packed.
CREATE TABLE revisions (
    subject  INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    base     INTEGER,                       -- the version that content is packed against; NULL: it stands alone
    saved_at INTEGER NOT NULL,
    saved_by TEXT,                          -- NULL: nobody is known, as in an import
    note     TEXT,
    content  BLOB NOT NULL,                 -- zstd
    PRIMARY KEY (subject, version)
) STRICT;
