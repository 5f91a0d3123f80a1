package relate_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/relate"
)

const fourArticles = `
{"id":"d","title":"The dam holds","date":"2024-03-04","categories":["Water"],"tags":["Dams"],"author":"Mina","body_markdown":"Engineers say the [earlier crack](/2024/03/01/a) in the dam wall holds."}
{"id":"a","title":"A crack in the dam","date":"2024-03-01","categories":["Water"],"tags":["Dams"],"author":"Mina","body_markdown":"Engineers found a crack in the dam wall."}
{"id":"b","title":"Bread is dearer","date":"2024-03-02T08:00:00Z","categories":["water"],"authors":["Omar"],"body_markdown":"Bakers raise prices of bread."}
{"id":"c","title":"Rain in the north","date":"2024-03-03T08:00:00+03:00","categories":["Water"],"authors":["Omar"],"body_markdown":"Rain is expected."}
`

// TestEvaluation compares with measures worked out by hand: the newest of the category are c, b, a for d, where a and c are linked;
// for c they are b, a, and once d is out the nearest are b, d, a, where a is linked.
func TestEvaluation(t *testing.T) {
	c, err := relate.ReadCollection(strings.NewReader(fourArticles), strings.NewReader("from\tto\nd\ta\nd\tc\nc\ta\nc\tc\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := c.Evaluate()
	if e.Articles != 4 || e.Linking != 2 || e.Links != 3 || len(e.Methods) != 4 {
		t.Fatalf("%+v", e)
	}
	second, third := 1/math.Log2(3), 1/math.Log2(4)
	ofD := (1 + third) / (1 + second)
	newest := e.Methods[1]
	for _, m := range []struct {
		name      string
		got, want float64
	}{
		{"recall on the day", newest.OnTheDay.Recall, 1}, {"nDCG on the day", newest.OnTheDay.NDCG, (ofD + second) / 2},
		{"recall in the archive", newest.Archive.Recall, 1}, {"nDCG in the archive", newest.Archive.NDCG, (ofD + third) / 2},
		{"coverage", newest.Coverage, 1}, {"near-duplicates", newest.NearDuplicates, 0},
	} {
		if math.Abs(m.got-m.want) > 1e-9 {
			t.Errorf("newest in category, %s: %v, want %v", m.name, m.got, m.want)
		}
	}
	// a and d share words, topic and author; c shares less than b with nobody it links to.
	if ours := e.Methods[0]; ours.OnTheDay.Recall != 1 || ours.OnTheDay.NDCG <= newest.OnTheDay.NDCG {
		t.Errorf("ours: %+v", ours)
	}
	want := math.Inf(1)
	for i, ours := range measures(e.Methods[0]) {
		best := 0.
		for _, other := range e.Methods[1:] {
			best = max(best, measures(other)[i])
		}
		want = min(want, ours/best-1)
	}
	if math.Abs(e.Gain()-want) > 1e-9 {
		t.Errorf("gain %v, want %v", e.Gain(), want)
	}
}

func measures(q relate.Quality) [4]float64 {
	return [4]float64{q.OnTheDay.Recall, q.OnTheDay.NDCG, q.Archive.Recall, q.Archive.NDCG}
}

func TestCollectionErrors(t *testing.T) {
	for _, c := range []struct{ articles, links, want string }{
		{`{"id":"a","date":"soon","title":"A"}`, "from\tto\n", `article 1, a: "soon" is no date`},
		{`{"id":"a","date":"2024-01-01"} x`, "from\tto\n", "article 2: "},
		{`{"id":"a","date":"2024-01-01"}{"id":"a","date":"2024-01-02"}`, "from\tto\n", `two articles have the id "a"`},
		{fourArticles, "from\tto\na b\n", `line 2 of the links: expected two ids parted by a tab, found "a b"`},
		{fourArticles, "from\tto\na\tz\n", `line 2 of the links: "a" or "z" is no id`},
		{fourArticles, "from\tto\n", "links: none"},
	} {
		if _, err := relate.ReadCollection(strings.NewReader(c.articles), strings.NewReader(c.links)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
