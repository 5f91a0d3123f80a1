package relate_test

import (
	"compress/gzip"
	"os"
	"testing"

	"github.com/dateline-cms/dateline/internal/relate"
)

func TestX(t *testing.T) {
	for _, set := range []string{"opensuse-news", "18f-posts"} {
		f, err := os.Open("../../../shared/data/news/" + set + "/articles.jsonl.gz")
		if err != nil {
			t.Skip(err)
		}
		z, _ := gzip.NewReader(f)
		l, _ := os.Open("../../../shared/data/news/" + set + "/links.tsv")
		c, err := relate.ReadCollection(z, l)
		if err != nil {
			t.Fatal(err)
		}
		e := c.Evaluate()
		for _, q := range e.Methods {
			t.Logf("%-20s day %.3f %.3f archive %.3f %.3f  dup %.3f cov %.3f days %.0f", q.Method, q.OnTheDay.Recall, q.OnTheDay.NDCG, q.Archive.Recall, q.Archive.NDCG, q.NearDuplicates, q.Coverage, q.MedianDays)
		}
		t.Logf("%s: gain %.3f", set, e.Gain())
	}
}
