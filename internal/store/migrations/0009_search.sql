-- What is fed to the search indexes is analysed by the program: folded words and marked stems, separated by spaces. So they
-- need a tokenizer that leaves them alone. The program fills the new indexes, which it finds to be made by other rules.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5(
    type, title, standfirst, body, byline,
    content='', contentless_delete=1, tokenize="ascii tokenchars '='"
);
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);

DROP TABLE unpublished_search;
CREATE VIRTUAL TABLE unpublished_search USING fts5(
    type, title, standfirst, body, byline,
    content='', contentless_delete=1, tokenize="ascii tokenchars '='"
);
INSERT INTO unpublished_search (unpublished_search, rank) VALUES ('hashsize', 4194304);

-- The words of the index, for spellings.
CREATE VIRTUAL TABLE search_words USING fts5vocab(search, row);
CREATE VIRTUAL TABLE unpublished_search_words USING fts5vocab(unpublished_search, row);
