package main

import (
	"io"
	"os"
	"testing"

	"github.com/dateline-cms/dateline/internal/relate"
)

// TestRelatedQuality is the gate of related articles: at each measure they must be better by 15 % than the best of three simple
// ways, on both newsrooms, with one set of weights.
func TestRelatedQuality(t *testing.T) {
	const leastGain = .15
	for _, set := range []string{"opensuse-news", "18f-posts"} {
		t.Run(set, func(t *testing.T) {
			e := evaluate(t, set)
			for _, m := range e.Methods {
				t.Logf("%-20s on the day %.3f %.3f, archive %.3f %.3f, near-duplicates %.4f, coverage %.3f, median %.0f days",
					m.Method, m.OnTheDay.Recall, m.OnTheDay.NDCG, m.Archive.Recall, m.Archive.NDCG, m.NearDuplicates, m.Coverage, m.MedianDays)
			}
			if gain := e.Gain(); gain < leastGain {
				t.Errorf("better by %.1f %% only", 100*gain)
			}
			if ours := e.Methods[0]; ours.NearDuplicates > 0 || ours.Coverage < .95 {
				t.Errorf("near-duplicates %v, coverage %v", ours.NearDuplicates, ours.Coverage)
			}
		})
	}
}

func evaluate(t *testing.T, set string) (e *relate.Evaluation) {
	t.Helper()
	links, err := os.Open(data(t, "news/"+set+"/links.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer links.Close()
	err = reading(data(t, "news/"+set+"/articles.jsonl.gz"), func(articles io.Reader) error {
		c, err := relate.ReadCollection(articles, links)
		if err == nil {
			e = c.Evaluate()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
