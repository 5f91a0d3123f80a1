package news_test

import (
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestRelatedSummary(t *testing.T) {
	names := func(id news.ID) string { return map[news.ID]string{1: "Kirkuk", 2: "Water", 3: "Peace", 4: "Rain"}[id] }
	for _, c := range []struct {
		locale string
		reason news.RelatedReason
		want   string
	}{
		{"en", news.RelatedReason{Kind: news.ReasonSharedTopics, IDs: []news.ID{1}}, "Both have the same topic: Kirkuk."},
		{"en-US", news.RelatedReason{Kind: news.ReasonSharedTopics, IDs: []news.ID{1, 2, 3, 4}}, "Both have the same topics: Kirkuk, Water, Peace."},
		{"en", news.RelatedReason{Kind: news.ReasonSharedEvent, IDs: []news.ID{9}}, "Both are about the same event."},
		{"xx", news.RelatedReason{Kind: news.ReasonTextSimilarity, Terms: []string{"dam", "drought"}}, "Both texts mention: dam, drought."},
		{"en", news.RelatedReason{Kind: news.ReasonTextSimilarity}, "The texts are alike."},
		{"de-AT", news.RelatedReason{Kind: news.ReasonSharedCategories, IDs: []news.ID{2}}, "Beide stehen in derselben Rubrik: Water."},
		{"fr", news.RelatedReason{Kind: news.ReasonSameAuthor, IDs: []news.ID{1, 2}}, "Les deux sont des mêmes auteurs\u00a0: Kirkuk, Water."},
		{"ar-IQ", news.RelatedReason{Kind: news.ReasonSharedTopics, IDs: []news.ID{1, 2}}, "لكليهما المواضيع نفسها: Kirkuk، Water."},
		{"ja", news.RelatedReason{Kind: news.ReasonTextSimilarity, Terms: []string{"水", "川"}}, "どちらにも出てくる言葉：水、川。"},
		{"hi", news.RelatedReason{Kind: news.ReasonEditorial}, "संपादकों की पसंद।"},
	} {
		locale := news.Locale(c.locale)
		if got := c.reason.Summary(&locale, names); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.locale, c.reason.Kind, got, c.want)
		}
	}
	english := news.Locale("en")
	for _, tag := range strings.Fields("ar ar-IQ de es fa fr he hi it ja ku nl pl pt ru sv tr uk zh zh-TW") {
		seen := map[string]bool{}
		for _, kind := range news.RelatedReasonKinds {
			for _, ids := range [][]news.ID{nil, {1}} {
				r, locale := news.RelatedReason{Kind: kind, IDs: ids}, news.Locale(tag)
				got := r.Summary(&locale, names)
				if seen[got] || got == r.Summary(&english, names) || len(got) < 5 || strings.Contains(got, "{") {
					t.Errorf("%s, %s: %q", tag, kind, got)
				}
				seen[got] = true
			}
		}
	}
}
