package store

import (
	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

const makeLists = "make the lists anew (dateline relate rebuild)"

// related looks at the stored lists of related nodes: that none names itself, and that reasons can be read and add up to the
// score. Lists lag behind what is published; unless somebody has yet to deal with that, they name only what is.
func (in *inspection) related() error {
	err := in.each("related lists", `SELECT node_id, place, related_id, reasons FROM related_entries`, func(t *tally, r *engine.Row) error {
		node, place, related := id(r), r.Int64(), id(r)
		reasons, err := unpackReasons(r.Bytes())
		sum := 0
		for _, reason := range reasons {
			sum += reason.Contribution
		}
		switch {
		case node == related:
			t.found(makeLists, "%s is in its own list of related ones", node)
		case err != nil:
			t.found(makeLists, "%s has %s in its list for reasons that cannot be read", node, related)
		case sum != scoreOf(place):
			t.found(makeLists, "%s has %s in its list with a score of %d, and the reasons add up to %d (of 10,000)", node, related, scoreOf(place), sum)
		}
		return nil
	})
	if err != nil {
		return err
	}
	upToDate, err := in.listsAreUpToDate()
	if err != nil || !upToDate {
		return err
	}
	const published = `(SELECT id FROM articles WHERE status = 'PUBLISHED' UNION ALL SELECT id FROM events WHERE status = 'PUBLISHED')`
	if err := in.wrong("related lists", makeLists, `SELECT node_id, 'has ' || count(*) || ' in its list of related ones that are not published' FROM related_entries
		WHERE related_id NOT IN `+published+` GROUP BY node_id`); err != nil {
		return err
	}
	return in.wrong("related lists", makeLists, `SELECT coalesce(e.id, l.node_id), iif(l.node_id IS NULL, 'has no list of related ones', 'has a list of related ones and is not published')
		FROM `+published+` e FULL JOIN related_lists l ON l.node_id = e.id WHERE e.id IS NULL OR l.node_id IS NULL`)
}

// listsAreUpToDate says whether nothing is left to do for who keeps the lists.
func (in *inspection) listsAreUpToDate() (is bool, err error) {
	// What the journal tells of the lists themselves is not waited for.
	err = in.db.Query(in.ctx, engine.Stmt{
		SQL: `SELECT s.number > 0 AND s.sweep = 0 AND NOT EXISTS (SELECT 1 FROM related_queue)
			AND coalesce((SELECT seq FROM followers WHERE name = 'related'), 0) >= coalesce((SELECT max(seq) FROM changes WHERE subject >> 16 & 63 <> ?), 0) FROM related_state s`,
		Args: []any{int(news.KindRelatedLists)}, Long: true,
		Scan: func(r *engine.Row) error { is = r.Bool(); return nil },
	})
	return is, err
}
