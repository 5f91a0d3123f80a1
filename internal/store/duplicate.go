package store

import (
	"context"
	"fmt"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// Nearly identical articles are found by their fingerprints: each has at most eight keys, and those of the same key are one
// seek in fingerprints_by_key.

// fingerprints keeps what the texts of the batch's articles have in common with nearly identical ones. An unchanged text writes
// nothing. The keys go in by their order, which is kind to the index.
func (b *batch) fingerprints() []engine.Step {
	list := asJSON(b.prints)
	steps := []engine.Step{{SQL: `INSERT INTO fingerprints (article_id, key) SELECT j.value ->> 0, k.value FROM json_each(?) j CROSS JOIN json_each(j.value, '$[1]') k
		WHERE true ORDER BY k.value ON CONFLICT DO NOTHING`, Args: []any{list}}}
	if b.reprinted {
		clear := engine.Step{SQL: `DELETE FROM fingerprints WHERE (article_id, key) IN (SELECT f.article_id, f.key FROM json_each(?) j CROSS JOIN fingerprints f
			ON f.article_id = j.value ->> 0 WHERE f.key NOT IN (SELECT k.value FROM json_each(j.value, '$[1]') k))`, Args: []any{list}}
		steps = append([]engine.Step{clear}, steps...)
	}
	return steps
}

// print is the fingerprint of an article.
type print [2]any // id, keys

// fingerprintOf are the keys of a text; none for a short one.
func fingerprintOf(text string) []int64 {
	f, ok := news.FingerprintOf(text)
	if !ok {
		return []int64{}
	}
	return f[:]
}

// fingerprintAll makes the fingerprints of all articles anew. Those that somebody changes meanwhile have been made by who did.
func (s *Store) fingerprintAll(ctx context.Context, same engine.Step) error {
	const page = 100
	for after, rows := news.ID(0), page; rows == page; {
		rows = 0
		var values [][3]any // id, version, keys
		err := s.db.Query(ctx, engine.Stmt{
			SQL:  `SELECT a.id, a.version, b.text FROM articles a CROSS JOIN bodies b ON b.entry_id = a.id WHERE a.id > ? ORDER BY a.id LIMIT ?`,
			Args: []any{int64(after), page},
			Scan: func(r *engine.Row) error {
				rows++
				after = id(r)
				values = append(values, [3]any{int64(after), r.Int(), fingerprintOf(r.Text())})
				return nil
			},
		})
		if err != nil {
			return fmt.Errorf("fingerprints: %w", err)
		}
		const unchanged = `FROM json_each(?) j CROSS JOIN articles a ON a.id = j.value ->> 0 AND a.version = j.value ->> 1`
		list := asJSON(values)
		err = s.commit(ctx, "", s.now().UTC(), nil, []engine.Step{same,
			{SQL: `DELETE FROM fingerprints WHERE article_id IN (SELECT a.id ` + unchanged + `)`, Args: []any{list}},
			{SQL: `INSERT INTO fingerprints (article_id, key) SELECT a.id, k.value ` + unchanged + ` CROSS JOIN json_each(j.value, '$[2]') k`, Args: []any{list}}})
		if err != nil {
			return fmt.Errorf("fingerprints: %w", err)
		}
	}
	return nil
}

const (
	// maxPerKey bounds the articles that are looked at for one key; those that came first are. Real newsrooms have some
	// dozens, of announcements that come each week.
	maxPerKey = 200
	// maxDuplicates bounds the articles that are named as nearly identical to one.
	maxDuplicates = 20
)

// isStandingRow is isStanding for a row of articles.
func isStandingRow(alias string) string {
	return fmt.Sprintf("%[1]s.status NOT IN ('%[2]s', '%[3]s')", alias, news.StatusUnpublished, news.StatusRetracted)
}

// nearIdentical are the articles that the caller sees whose text is nearly that of each, the most alike first. Articles that
// are unpublished or retracted are neither asked about nor found. With earlier, only those are found that came before.
func (s *Reader) nearIdentical(ctx context.Context, articles []news.ID, earlier bool) (map[news.ID][]*news.Article, error) {
	found := map[news.ID][]*news.Article{}
	other := "<>"
	if earlier {
		other = "<"
	}
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: fmt.Sprintf(`SELECT n.article_id, %s FROM (
				SELECT f.article_id, g.article_id AS other, count(*) AS common
				FROM json_each(?) j CROSS JOIN articles a ON a.id = j.value AND %s CROSS JOIN fingerprints f ON f.article_id = a.id
				CROSS JOIN fingerprints g INDEXED BY fingerprints_by_key ON g.key = f.key AND g.article_id IN (
					SELECT x.article_id FROM fingerprints x INDEXED BY fingerprints_by_key WHERE x.key = f.key AND x.article_id %s f.article_id ORDER BY x.article_id LIMIT %d)
				GROUP BY f.article_id, g.article_id HAVING count(*) >= %d) n
			CROSS JOIN articles e ON e.id = n.other AND %s AND %s ORDER BY n.article_id, n.common DESC, e.id`,
			articleColumns, isStandingRow("a"), other, maxPerKey, news.NearIdentical, isStandingRow("e"), s.visible(news.KindArticle)),
		Args: []any{idList(articles)},
		Long: true,
		Scan: func(r *engine.Row) error {
			article := id(r)
			a, err := s.scanArticle(r)
			if len(found[article]) < maxDuplicates {
				found[article] = append(found[article], a)
			}
			return err
		},
	})
}
