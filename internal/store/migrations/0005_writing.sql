-- When entries come and go by the clock; see news.Schedule. publish_at is NULL unless an entry is scheduled.
ALTER TABLE articles ADD COLUMN publish_at INTEGER;
ALTER TABLE articles ADD COLUMN embargo_until INTEGER;
ALTER TABLE articles ADD COLUMN expires_at INTEGER;
ALTER TABLE pages ADD COLUMN publish_at INTEGER;
ALTER TABLE pages ADD COLUMN embargo_until INTEGER;
ALTER TABLE pages ADD COLUMN expires_at INTEGER;
ALTER TABLE events ADD COLUMN publish_at INTEGER;
ALTER TABLE events ADD COLUMN embargo_until INTEGER;
ALTER TABLE events ADD COLUMN expires_at INTEGER;
UPDATE articles SET publish_at = published_at WHERE status = 'SCHEDULED';
UPDATE pages SET publish_at = published_at WHERE status = 'SCHEDULED';
UPDATE events SET publish_at = published_at WHERE status = 'SCHEDULED';
CREATE INDEX articles_due ON articles(publish_at) WHERE status = 'SCHEDULED';
CREATE INDEX articles_expiring ON articles(expires_at) WHERE status = 'PUBLISHED' AND expires_at IS NOT NULL;
CREATE INDEX pages_due ON pages(publish_at) WHERE status = 'SCHEDULED';
CREATE INDEX pages_expiring ON pages(expires_at) WHERE status = 'PUBLISHED' AND expires_at IS NOT NULL;
CREATE INDEX events_due ON events(publish_at) WHERE status = 'SCHEDULED';
CREATE INDEX events_expiring ON events(expires_at) WHERE status = 'PUBLISHED' AND expires_at IS NOT NULL;

-- Whether partners whose keys are limited to syndicatable content may read it.
ALTER TABLE articles ADD COLUMN is_syndicatable INTEGER NOT NULL DEFAULT 1;

-- What a published article said wrongly, and that it was put right.
CREATE TABLE corrections (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    position   INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    notice     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;

-- Articles that editors do not want to see beside another.
CREATE TABLE hidden_related_articles (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    hidden_id  INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (article_id, hidden_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hidden_related_articles_by_hidden ON hidden_related_articles(hidden_id);

-- Which fields a change touched (JSON list; NULL: all), and who made it.
ALTER TABLE changes ADD COLUMN fields TEXT;
ALTER TABLE changes ADD COLUMN by TEXT;
-- Whether readers could see the subject before or after the change: a draft's life is nobody's business.
ALTER TABLE changes ADD COLUMN is_public INTEGER NOT NULL DEFAULT 1;
CREATE INDEX changes_public ON changes(seq) WHERE is_public;

-- How far those who follow the journal have come.
CREATE TABLE followers (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL,                  -- of the last change that was dealt with
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Creations that carried a key of the caller's, so that a repeated one gives the same node.
CREATE TABLE idempotency_keys (
    key     TEXT PRIMARY KEY,               -- of the caller, behind the caller's name
    subject INTEGER NOT NULL,
    digest  TEXT NOT NULL,                  -- of the record that was to be created
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
