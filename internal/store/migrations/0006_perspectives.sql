-- Articles that are not published once per facet, as in article_facets, for those who may see them. Published_at is when
-- they were or will be, else when they were last changed.
CREATE TABLE unpublished_article_facets (
    article_id   INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    facet        INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    title_key    TEXT NOT NULL,
    PRIMARY KEY (article_id, facet)
) STRICT, WITHOUT ROWID;
CREATE INDEX unpublished_article_facets_by_published_at ON unpublished_article_facets(facet, published_at, article_id);
CREATE INDEX unpublished_article_facets_by_updated_at ON unpublished_article_facets(facet, updated_at, article_id);
CREATE INDEX unpublished_article_facets_by_title ON unpublished_article_facets(facet, title_key, article_id);

-- Events that are not published, likewise. In facet_counts these two lists are 3 and 4.
CREATE TABLE unpublished_event_facets (
    event_id     INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    facet        INTEGER NOT NULL,
    sort_day     INTEGER NOT NULL,
    significance INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    title_key    TEXT NOT NULL,
    PRIMARY KEY (event_id, facet)
) STRICT, WITHOUT ROWID;
CREATE INDEX unpublished_event_facets_by_sort_day ON unpublished_event_facets(facet, sort_day, event_id);
CREATE INDEX unpublished_event_facets_by_significance ON unpublished_event_facets(facet, significance, event_id);
CREATE INDEX unpublished_event_facets_by_updated_at ON unpublished_event_facets(facet, updated_at, event_id);
CREATE INDEX unpublished_event_facets_by_title ON unpublished_event_facets(facet, title_key, event_id);

-- Entries that are not published, by their words. An index of its own, because the words of one index weigh in the scores
-- of all that it finds.
CREATE VIRTUAL TABLE unpublished_search USING fts5(
    type, title, standfirst, body, byline,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO unpublished_search (unpublished_search, rank) VALUES ('hashsize', 4194304);
CREATE TABLE unpublished_search_dates (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- What is there already. The facets are made by the program, which finds that its rules have changed.
INSERT INTO unpublished_search (rowid, type, title, standfirst, body, byline)
SELECT e.id, 'type' || (e.id >> 16 & 63), e.title, e.standfirst, e.text, e.byline FROM (
    SELECT a.id, a.title, coalesce(a.standfirst, '') AS standfirst, b.text,
        coalesce((SELECT group_concat(l.name, ', ') FROM bylines l WHERE l.article_id = a.id), '') AS byline
    FROM articles a JOIN bodies b ON b.entry_id = a.id WHERE a.status <> 'PUBLISHED'
    UNION ALL SELECT p.id, p.title, '', b.text, '' FROM pages p JOIN bodies b ON b.entry_id = p.id WHERE p.status <> 'PUBLISHED'
    UNION ALL SELECT v.id, v.title, '', v.description_text, '' FROM events v WHERE v.status <> 'PUBLISHED'
) e;
INSERT INTO unpublished_search_dates (id, at)
SELECT id, coalesce(published_at, publish_at, updated_at) FROM articles WHERE status <> 'PUBLISHED'
UNION ALL SELECT id, coalesce(published_at, publish_at, updated_at) FROM pages WHERE status <> 'PUBLISHED'
UNION ALL SELECT id, coalesce(published_at, publish_at, updated_at) FROM events WHERE status <> 'PUBLISHED';

-- What this database signs with, such as preview tokens.
CREATE TABLE signing_keys (
    purpose TEXT PRIMARY KEY,
    key     BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
