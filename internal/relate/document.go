// Package relate finds what belongs together: which articles a reader of one may want next, and why. It is arithmetic over
// documents in memory; docs/related.md has the formulas and how good they are.
package relate

import (
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

// A Document is an article or a historical event as far as likeness is concerned. The order of its lists means nothing.
type Document struct {
	ID           news.ID
	Locale       news.Locale
	PublishedAt  time.Time
	Title        string
	Text         string // plain: standfirst and body
	Authors      []news.ID
	Topics       []news.ID
	Categories   []news.ID
	Events       []news.ID
	Links        []news.ID // articles that its text links to, whether or not they are visible
	Translations []news.ID // its versions in other languages
}
