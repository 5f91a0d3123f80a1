package store

import (
	"strings"
	"unicode/utf8"

	"github.com/dateline-cms/dateline/internal/news"
)

// check refuses what the store could not write.
func check(r *news.Record) error {
	if !isRef(r.Ref) {
		return news.Invalidf("the ref %q has no system; write it as system:value", r.Ref)
	}
	for _, ref := range refsOf(r) {
		if !isRef(ref.to) {
			return news.Invalidf("%s refers to %q, which has no system; write it as system:value", ref.relation, ref.to)
		}
	}
	return r.Check()
}

func isRef(r news.Ref) bool {
	system, value := splitRef(r)
	return system != "" && value != "" && utf8.ValidString(string(r)) && strings.IndexByte(string(r), 0) < 0
}
