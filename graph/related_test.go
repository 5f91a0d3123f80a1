package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/relate"
	"github.com/dateline-cms/dateline/internal/store"
)

// giveLists stores lists for who sees a part of what is published: they are computed of all of it. In the newsroom that has hidden
// siblings these stand between the visible entries, and reasons name hidden categories and events beside visible ones.
func (n *newsroom) giveLists(t testing.TB, ids map[news.Ref]news.ID) {
	t.Helper()
	if err := n.store.OwnRelated(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	named := func(kind string, i int) []news.ID {
		ref := news.Ref(fmt.Sprintf("%s:%d", kind, (i+walkSize)%walkSize))
		own := []news.ID{ids[ref]}
		if hidden, ok := ids[news.Ref(marker+":"+strings.ReplaceAll(string(ref), ":", "-"))]; ok {
			own = append([]news.ID{hidden}, own...)
		}
		if hidden, ok := ids[secret]; ok && kind == "category" {
			own = append(own, hidden)
		}
		return own
	}
	var w store.RelatedWrite
	for i := range walkSize {
		for _, kind := range []string{"article", "german", "historicalevent"} {
			for _, of := range named(kind, i) {
				var list relate.List
				for distance := 1; distance <= 6; distance++ {
					for _, other := range named(kind, i+distance) {
						list.Own = append(list.Own, relate.Related{ID: other, Score: 8000 - distance*100, Reasons: []news.RelatedReason{
							{Kind: news.ReasonSharedEvent, Contribution: 3000, IDs: named("historicalevent", i+distance)},
							{Kind: news.ReasonSharedCategories, Contribution: 2000, IDs: named("category", i+distance)},
							{Kind: news.ReasonSharedTopics, Contribution: 1000, IDs: named("topic", i+distance)},
							{Kind: news.ReasonSameAuthor, Contribution: 500, IDs: named("author", i+distance)},
							{Kind: news.ReasonTextSimilarity, Contribution: 1500 - distance*100, Terms: []string{"common"}},
						}})
					}
				}
				w.Lists = append(w.Lists, store.RelatedList{ID: of, Ranking: "1.1", List: list})
			}
		}
	}
	if err := n.store.WriteRelated(t.Context(), "test", w); err != nil {
		t.Fatal(err)
	}
}
