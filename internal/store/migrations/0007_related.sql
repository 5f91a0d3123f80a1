-- What editors say of the related articles they have chosen. A mutual pin or hide holds for both articles.
ALTER TABLE related_articles ADD COLUMN note TEXT;
ALTER TABLE related_articles ADD COLUMN expires_at INTEGER; -- not shown from then on; NULL: for ever
ALTER TABLE related_articles ADD COLUMN is_mutual INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hidden_related_articles ADD COLUMN is_mutual INTEGER NOT NULL DEFAULT 0;

-- How far apart in time two articles are that seem half as related for it, in days; 0: age plays no part; NULL: as usual.
ALTER TABLE sites ADD COLUMN related_half_life INTEGER;

-- What is related to what, as internal/curator computes it; see DESIGN.md. All of it can be made anew from the content. Nodes are
-- published articles and events; rows of what is no longer published go a little later.
CREATE TABLE related_lists (
    node_id     INTEGER PRIMARY KEY,
    ranking     TEXT NOT NULL,              -- version: scores of one version compare
    computed_at INTEGER NOT NULL,           -- when the list became what it is
    reach_own   INTEGER NOT NULL,           -- relate.Reach
    reach_other INTEGER NOT NULL
) STRICT;
CREATE TABLE related_entries (
    node_id    INTEGER NOT NULL,
    place      INTEGER NOT NULL,            -- the best first; holds the score, see relatedPlace
    related_id INTEGER NOT NULL,
    reasons    BLOB NOT NULL,               -- see packReasons
    PRIMARY KEY (node_id, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE related_profiles (
    node_id           INTEGER PRIMARY KEY,
    translation_group INTEGER,              -- that the article was in
    profile           BLOB NOT NULL         -- relate.Profile
) STRICT;
CREATE INDEX related_profiles_by_group ON related_profiles(translation_group) WHERE translation_group IS NOT NULL;

-- Which paths of this site the texts of articles link to.
CREATE TABLE related_links (
    node_id INTEGER NOT NULL,
    path    TEXT NOT NULL,
    PRIMARY KEY (node_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX related_links_by_path ON related_links(path);

-- Nodes whose lists have to be computed again.
CREATE TABLE related_queue (node_id INTEGER PRIMARY KEY) STRICT;

-- The ranking, and who keeps the lists; one row.
CREATE TABLE related_state (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    algorithm INTEGER NOT NULL,
    number    INTEGER NOT NULL,             -- of the statistics; 0 before the first
    half_life INTEGER NOT NULL,             -- in days
    sweep     INTEGER NOT NULL,             -- the lists of nodes with a lower id are of an earlier ranking; 0 when none is
    owner     TEXT NOT NULL,                -- the program that writes here; empty for none
    beat      INTEGER NOT NULL,             -- when it did last
    version   INTEGER NOT NULL              -- of the last change of lists in the journal
) STRICT;
INSERT INTO related_state (id, algorithm, number, half_life, sweep, owner, beat, version) VALUES (1, 0, 0, 0, 0, '', 0, 0);
CREATE TABLE related_statistics (
    kind       INTEGER PRIMARY KEY,         -- news.IDKind of the nodes
    statistics BLOB NOT NULL                -- relate.Statistics
) STRICT;
