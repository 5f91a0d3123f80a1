-- Keys with which programs call the API. The secrets are nowhere, only their hashes.
CREATE TABLE api_keys (
    id                INTEGER PRIMARY KEY,
    name              TEXT NOT NULL,
    prefix            TEXT NOT NULL UNIQUE, -- the beginning of the secret, which may be shown
    hash              BLOB NOT NULL,        -- SHA-256 of the whole secret
    scopes            TEXT NOT NULL,        -- JSON list
    categories        TEXT NOT NULL,        -- JSON list of ids, each with its subtree; [] is all, so never take the last one out
    locales           TEXT NOT NULL,        -- JSON list; [] is all
    syndicatable_only INTEGER NOT NULL,
    body_depth        TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER,              -- NULL: never
    revoked_at        INTEGER,
    last_used_at      INTEGER,              -- to the minute; not journalled
    version           INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_by_created ON api_keys(created_at, id);
