//go:build !sqlite_fts5

package sqlite

// Search needs FTS5, which go-sqlite3 compiles only with its build tag. Without
// the tag the compiler stops here and prints this name.
var _ = build_with_tags_sqlite_fts5
