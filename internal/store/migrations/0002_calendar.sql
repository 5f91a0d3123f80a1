-- Every date that anybody gave for an event. The event's own columns hold the accepted one.
CREATE TABLE date_claims (
    event_id           INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    position           INTEGER NOT NULL,
    id                 INTEGER NOT NULL UNIQUE,
    edtf               TEXT NOT NULL,       -- in calendar
    calendar           TEXT NOT NULL,
    is_accepted        INTEGER NOT NULL,
    note               TEXT,
    claimed_at         INTEGER NOT NULL,
    claimed_by         TEXT,                -- who entered it
    article_id         INTEGER REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED, -- ours that printed it
    source_title       TEXT,                -- NULL: no source
    source_url         TEXT,
    source_publisher   TEXT,
    source_accessed_at TEXT,                -- YYYY-MM-DD
    source_quote       TEXT,
    PRIMARY KEY (event_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX date_claims_accepted ON date_claims(event_id) WHERE is_accepted;
CREATE INDEX date_claims_by_article ON date_claims(article_id, id) WHERE article_id IS NOT NULL;

ALTER TABLE events ADD COLUMN place_id INTEGER REFERENCES topics(id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX events_by_place ON events(place_id) WHERE place_id IS NOT NULL;
-- For the same event told twice, and for years that a program wrote as 1 January.
CREATE INDEX events_by_day ON events(month_day, year) WHERE month_day IS NOT NULL;

-- Month * 100 + day of the first publication, in the site's zone; NULL until published.
ALTER TABLE articles ADD COLUMN published_day INTEGER;
ALTER TABLE events ADD COLUMN precision TEXT;
-- The rules and the zone under which the columns above and all facets were derived; NULL before the first time.
ALTER TABLE sites ADD COLUMN derived_by TEXT;

-- The days of a year in order, with the facet of what is kept on each. Which facet that is at the end of February
-- depends on the year and on the policy: the variant.
CREATE TABLE calendar_days (
    variant   INTEGER NOT NULL,             -- 0 leap year; common year under 1 FEB_28, 2 MAR_1, 3 LEAP_YEARS_ONLY
    position  INTEGER NOT NULL,             -- 1 to 366, the same for a day in every variant
    month_day INTEGER NOT NULL,             -- month * 100 + day
    facet     INTEGER NOT NULL,
    PRIMARY KEY (variant, position)
) STRICT, WITHOUT ROWID;

INSERT INTO calendar_days (variant, position, month_day, facet)
WITH RECURSIVE
    n (position) AS (SELECT 1 UNION ALL SELECT position + 1 FROM n WHERE position < 366),
    d (position, month_day) AS (SELECT position, CAST(strftime('%m%d', '2000-01-01', '+' || (position - 1) || ' days') AS INTEGER) FROM n),
    v (variant) AS (VALUES (0), (1), (2), (3))
SELECT v.variant, d.position, d.month_day,
    CASE WHEN v.variant = 1 AND d.month_day = 228 THEN 20228 WHEN v.variant = 2 AND d.month_day = 301 THEN 20301 ELSE 1000 + d.month_day END
FROM v, d WHERE v.variant = 0 OR d.month_day <> 229;

-- Events that are there already: one claim each, that of the date they have. Ids of claims are made from the events'
-- (kind 10 instead of 4), which nothing else uses.
INSERT INTO date_claims (event_id, position, id, edtf, calendar, is_accepted, claimed_at, source_title, source_url, source_publisher, source_accessed_at, source_quote)
SELECT e.id, 0, e.id + (10 - 4) * 65536, e.edtf, e.calendar, 1, e.created_at, c.title, c.url, c.publisher, c.accessed_at, c.quote
FROM events e LEFT JOIN event_citations c ON c.event_id = e.id AND c.position = 0;
