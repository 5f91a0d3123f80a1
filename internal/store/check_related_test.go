package store

import (
	"context"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
)

// TestCheckRelated spoils lists of related articles one way after the other. While somebody has yet to deal with the journal,
// lists may lag behind.
func TestCheckRelated(t *testing.T) {
	ctx := context.Background()
	for spoil, want := range map[string]string{
		``: "",
		`UPDATE related_entries SET related_id = node_id`:                                               "its own list",
		`UPDATE related_entries SET reasons = x'00'`:                                                    "cannot be read",
		`UPDATE related_entries SET place = place + 256`:                                                "add up to",
		`UPDATE articles SET status = 'UNPUBLISHED' WHERE title = 'B'`:                                  "not published",
		`DELETE FROM related_lists`:                                                                     "has no list",
		`UPDATE related_lists SET node_id = 1 WHERE node_id = (SELECT max(node_id) FROM related_lists)`: "is not published",
		`UPDATE related_state SET sweep = 1; UPDATE related_lists SET node_id = 1 WHERE node_id = (SELECT max(node_id) FROM related_lists)`: "",
	} {
		n := newNewsroom(t)
		n.bring(news.Created, article("w:a", "A"), article("w:b", "B"))
		a, b := n.id("w:a"), n.id("w:b")
		list := func(of, other news.ID) RelatedList {
			return RelatedList{ID: of, Ranking: "1.1", List: relate.List{Own: []relate.Related{{ID: other, Score: 70, Reasons: []news.RelatedReason{{Kind: news.ReasonInTextLink, Contribution: 70}}}}}}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(n.OwnRelated(ctx, "test"))
		must(n.Rank(ctx, "test", RelatedState{Algorithm: 1, Number: 1}, map[news.IDKind][]byte{news.KindArticle: {1}, news.KindHistoricalEvent: {1}}))
		must(n.WriteRelated(ctx, "test", RelatedWrite{Lists: []RelatedList{list(a, b), list(b, a)}}))
		position, err := n.Position(ctx)
		must(err)
		must(n.Follow(ctx, "related", position))
		for _, sql := range strings.Split(spoil, ";") {
			if sql != "" {
				must(n.db.Write(ctx, "", []engine.Step{{SQL: sql}}))
			}
		}
		faults, err := n.inspect(ctx, (*inspection).related)
		must(err)
		text := ""
		for _, f := range faults {
			text += f.String() + "\n"
		}
		if (want == "") != (text == "") || !strings.Contains(text, want) {
			t.Errorf("%s: %q", spoil, text)
		}
	}
}
