-- A search by date that matches widely is read along the dates.
CREATE INDEX search_dates_by_at ON search_dates(at, id);
CREATE INDEX unpublished_search_dates_by_at ON unpublished_search_dates(at, id);
