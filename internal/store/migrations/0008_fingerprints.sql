-- What nearly identical articles have in common: the keys of news.Fingerprint. A text that is too short has none.
CREATE TABLE fingerprints (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    key        INTEGER NOT NULL,
    PRIMARY KEY (article_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_by_key ON fingerprints(key, article_id);
