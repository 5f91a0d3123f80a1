-- Foreign keys are deferred, so that the rows of a batch may come in any order. Instants are milliseconds since 1970 in UTC. Ids are news.ID. Columns named *_key are folded for sorting (see fold.go).

-- The publication; one row.
CREATE TABLE sites (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL,
    tagline        TEXT,
    url            TEXT NOT NULL,           -- absolute, no trailing slash
    time_zone      TEXT NOT NULL,           -- IANA name
    default_locale TEXT NOT NULL,           -- BCP 47
    locales        TEXT NOT NULL,           -- JSON list
    social_links   TEXT NOT NULL,           -- JSON list
    menus          TEXT NOT NULL,           -- JSON list of news.Menu; read and written as a whole
    about_heading  TEXT,                    -- NULL: no about box
    about_html     TEXT NOT NULL,
    about_text     TEXT NOT NULL,
    about_words    INTEGER NOT NULL,
    about_page_id  INTEGER REFERENCES pages(id) DEFERRABLE INITIALLY DEFERRED,
    version        INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

-- Languages in use; the number is part of facets.
CREATE TABLE locales (
    id  INTEGER PRIMARY KEY,
    tag TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE images (
    id           INTEGER PRIMARY KEY,
    url          TEXT NOT NULL,             -- absolute, or root-relative on this site
    mime_type    TEXT NOT NULL,
    size         INTEGER,                   -- bytes
    title        TEXT,
    caption_html TEXT,
    caption_text TEXT,
    credit       TEXT,
    alt_text     TEXT,                      -- NULL: nobody wrote one; empty: decorative
    width        INTEGER,                   -- pixels
    height       INTEGER,
    version      INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE authors (
    id          INTEGER PRIMARY KEY,
    path        TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    slug        TEXT NOT NULL UNIQUE,
    job_title   TEXT,
    bio_html    TEXT,
    bio_text    TEXT,
    links       TEXT NOT NULL,              -- JSON list
    portrait_id INTEGER REFERENCES images(id) DEFERRABLE INITIALLY DEFERRED,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX authors_by_name ON authors(name_key, id);
CREATE INDEX authors_by_portrait ON authors(portrait_id) WHERE portrait_id IS NOT NULL;

CREATE TABLE topics (
    id          INTEGER PRIMARY KEY,
    path        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    slug        TEXT NOT NULL,
    locale      TEXT NOT NULL,
    aliases     TEXT NOT NULL,              -- JSON list
    description TEXT,
    same_as     TEXT NOT NULL,              -- JSON list
    image_id    INTEGER REFERENCES images(id) DEFERRABLE INITIALLY DEFERRED,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (slug, locale)
) STRICT;
CREATE INDEX topics_by_name ON topics(name_key, id);
CREATE INDEX topics_by_kind ON topics(kind, name_key, id);
CREATE INDEX topics_by_image ON topics(image_id) WHERE image_id IS NOT NULL;

CREATE TABLE categories (
    id          INTEGER PRIMARY KEY,
    parent_id   INTEGER REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED, -- NULL at the top
    path        TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    slug        TEXT NOT NULL,
    locale      TEXT NOT NULL,
    description TEXT,
    position    INTEGER NOT NULL,           -- among its siblings
    depth       INTEGER NOT NULL,           -- 0 at the top
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (slug, locale)
) STRICT;
CREATE INDEX categories_by_position ON categories(position, id);
CREATE INDEX categories_by_name ON categories(name_key, id);
CREATE INDEX categories_by_parent_position ON categories(parent_id, position, id);
CREATE INDEX categories_by_parent_name ON categories(parent_id, name_key, id);

-- Every category with each of its ancestors, itself included.
CREATE TABLE category_ancestors (
    category_id INTEGER NOT NULL REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED,
    depth       INTEGER NOT NULL,           -- of the ancestor
    ancestor_id INTEGER NOT NULL REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (category_id, depth),
    CONSTRAINT category_depth CHECK (depth BETWEEN 0 AND 99) -- a ring of parents would have no end
) STRICT, WITHOUT ROWID;
CREATE INDEX category_ancestors_by_ancestor ON category_ancestors(ancestor_id, category_id);

CREATE TABLE pages (
    id           INTEGER PRIMARY KEY,
    path         TEXT NOT NULL,
    title        TEXT NOT NULL,
    title_key    TEXT NOT NULL,
    slug         TEXT NOT NULL,
    locale       TEXT NOT NULL,
    status       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    published_at INTEGER,
    parent_id    INTEGER REFERENCES pages(id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (slug, locale)
) STRICT;
CREATE INDEX pages_by_parent ON pages(parent_id, title_key, id);

CREATE TABLE articles (
    id                  INTEGER PRIMARY KEY,
    path                TEXT NOT NULL,
    title               TEXT NOT NULL,
    title_key           TEXT NOT NULL,
    slug                TEXT NOT NULL,
    locale              TEXT NOT NULL,
    status              TEXT NOT NULL,
    version             INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    published_at        INTEGER,            -- NULL until first published
    kind                TEXT NOT NULL,
    dateline_text       TEXT,
    dateline_place      TEXT,
    dateline_date       TEXT,               -- YYYY-MM-DD
    standfirst          TEXT,
    summary             TEXT,               -- the editor's
    excerpt             TEXT NOT NULL,      -- first sentences of the body
    is_sticky           INTEGER NOT NULL,
    word_count          INTEGER NOT NULL,
    primary_category_id INTEGER REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED,
    lead_image_id       INTEGER REFERENCES images(id) DEFERRABLE INITIALLY DEFERRED,
    translation_group   INTEGER,            -- the same for all language versions; NULL when alone
    UNIQUE (slug, locale)
) STRICT;
CREATE INDEX articles_by_translation_group ON articles(translation_group) WHERE translation_group IS NOT NULL;
CREATE INDEX articles_by_primary_category ON articles(primary_category_id) WHERE primary_category_id IS NOT NULL;
CREATE INDEX articles_by_lead_image ON articles(lead_image_id) WHERE lead_image_id IS NOT NULL;

-- Texts of articles and pages, apart from what lists read.
CREATE TABLE bodies (
    entry_id   INTEGER PRIMARY KEY,
    html       TEXT NOT NULL,
    text       TEXT NOT NULL,
    word_count INTEGER NOT NULL
) STRICT;

CREATE TABLE bylines (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    author_id  INTEGER REFERENCES authors(id) DEFERRABLE INITIALLY DEFERRED, -- NULL: a name that matches no author
    PRIMARY KEY (article_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bylines_by_author ON bylines(author_id) WHERE author_id IS NOT NULL;

CREATE TABLE article_categories (
    article_id  INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    position    INTEGER NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (article_id, position),
    UNIQUE (category_id, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_topics (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    topic_id   INTEGER NOT NULL REFERENCES topics(id) DEFERRABLE INITIALLY DEFERRED,
    relevance  REAL NOT NULL,               -- 0 to 1
    source     TEXT NOT NULL,
    PRIMARY KEY (article_id, topic_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_topics_by_topic ON article_topics(topic_id);

-- Related articles chosen by editors.
CREATE TABLE related_articles (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    position   INTEGER NOT NULL,
    related_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (article_id, position),
    UNIQUE (related_id, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id               INTEGER PRIMARY KEY,
    path             TEXT NOT NULL,
    title            TEXT NOT NULL,
    title_key        TEXT NOT NULL,
    slug             TEXT NOT NULL,
    locale           TEXT NOT NULL,
    status           TEXT NOT NULL,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    published_at     INTEGER,
    kind             TEXT NOT NULL,
    description_html TEXT NOT NULL,
    description_text TEXT NOT NULL,
    edtf             TEXT NOT NULL,         -- in calendar
    calendar         TEXT NOT NULL,
    sort_day         INTEGER NOT NULL,      -- Julian Day Number the date sorts by
    year             INTEGER,               -- astronomical; NULL when unknown
    month_day        INTEGER,               -- month * 100 + day; NULL unless the date has day precision
    verification     TEXT NOT NULL,
    significance     INTEGER NOT NULL,      -- 0 to 100
    is_selected      INTEGER NOT NULL,
    image_id         INTEGER REFERENCES images(id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (slug, locale)
) STRICT;
CREATE INDEX events_by_image ON events(image_id) WHERE image_id IS NOT NULL;

CREATE TABLE event_citations (
    event_id    INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    position    INTEGER NOT NULL,
    title       TEXT NOT NULL,
    url         TEXT,
    publisher   TEXT,
    accessed_at TEXT,                       -- YYYY-MM-DD
    quote       TEXT,
    PRIMARY KEY (event_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_topics (
    event_id INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (event_id, position),
    UNIQUE (topic_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_categories (
    event_id    INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    position    INTEGER NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (event_id, position),
    UNIQUE (category_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE article_events (
    article_id INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    event_id   INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (article_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_events_by_event ON article_events(event_id);

-- Published articles once per facet (see facet.go) with every key that lists are ordered by: a list is a seek.
CREATE TABLE article_facets (
    article_id   INTEGER NOT NULL REFERENCES articles(id) DEFERRABLE INITIALLY DEFERRED,
    facet        INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    title_key    TEXT NOT NULL,
    PRIMARY KEY (article_id, facet)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_facets_by_published_at ON article_facets(facet, published_at, article_id);
CREATE INDEX article_facets_by_updated_at ON article_facets(facet, updated_at, article_id);
CREATE INDEX article_facets_by_title ON article_facets(facet, title_key, article_id);

-- Published events once per facet, likewise.
CREATE TABLE event_facets (
    event_id     INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
    facet        INTEGER NOT NULL,
    sort_day     INTEGER NOT NULL,
    significance INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    title_key    TEXT NOT NULL,
    PRIMARY KEY (event_id, facet)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_facets_by_sort_day ON event_facets(facet, sort_day, event_id);
CREATE INDEX event_facets_by_significance ON event_facets(facet, significance, event_id);
CREATE INDEX event_facets_by_updated_at ON event_facets(facet, updated_at, event_id);
CREATE INDEX event_facets_by_title ON event_facets(facet, title_key, event_id);

-- How many entries each facet has. No row means none.
CREATE TABLE facet_counts (
    list    INTEGER NOT NULL,               -- 1 article_facets, 2 event_facets
    facet   INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    kind    INTEGER GENERATED ALWAYS AS (CASE WHEN facet > 1099511627776 THEN facet >> 16 & 63 ELSE 0 END) VIRTUAL, -- news.IDKind of a facet that is an id
    PRIMARY KEY (list, facet)
) STRICT, WITHOUT ROWID;
CREATE INDEX facet_counts_by_entries ON facet_counts(list, kind, entries, facet);

-- Every path ever used.
CREATE TABLE paths (
    path    TEXT PRIMARY KEY,
    subject INTEGER,                        -- NULL when gone without a trace
    state   TEXT NOT NULL CHECK (state IN ('CURRENT', 'MOVED', 'GONE')),
    reason  TEXT,                           -- why it is gone
    since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX paths_by_subject ON paths(subject);

-- Names of nodes in other systems.
CREATE TABLE external_refs (
    system  TEXT NOT NULL,
    value   TEXT NOT NULL,
    subject INTEGER NOT NULL,
    url     TEXT,
    digest  TEXT,                           -- of the record last imported under this name; NULL for a mere alias
    PRIMARY KEY (system, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_refs_by_subject ON external_refs(subject);

-- Imported records that refer to records which have not come yet; they are imported again when these come.
CREATE TABLE pending_records (
    subject INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,               -- written by the import; a later version makes the record obsolete
    record  TEXT NOT NULL,                  -- JSON of news.Record
    missing TEXT NOT NULL                   -- JSON list of [system, value, relation] or, where it cannot be set, [system, value, relation, why]
) STRICT;

-- What is visible, by its words; rowid is the node's id.
CREATE VIRTUAL TABLE search USING fts5(
    type, title, standfirst, body, byline,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);

-- How many bytes of words FTS5 gathers before it writes a segment: those of a batch of an import.
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);

-- When what is in search was published or last changed.
CREATE TABLE search_dates (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- The journal: one gapless sequence of all writes.
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY,
    subject INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    version INTEGER NOT NULL,
    tags    TEXT NOT NULL,                  -- JSON list of ids whose lists may have changed
    at      INTEGER NOT NULL,
    UNIQUE (subject, version)
) STRICT;
