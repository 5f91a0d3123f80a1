-- What editors say of the related articles they have chosen. A mutual pin or hide holds for both articles.
ALTER TABLE related_articles ADD COLUMN note TEXT;
ALTER TABLE related_articles ADD COLUMN expires_at INTEGER; -- not shown from then on; NULL: for ever
ALTER TABLE related_articles ADD COLUMN is_mutual INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hidden_related_articles ADD COLUMN is_mutual INTEGER NOT NULL DEFAULT 0;
