package analysis

import (
	"slices"
	"testing"
)

func TestSlips(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"rain", "rain", 0}, {"rain", "rian", 1}, {"rain", "ran", 1}, {"rain", "train", 1}, {"rain", "ruin", 1}, {"rain", "ruins", 2}, {"rain", "snow", 3},
		{"rain", "arni", 2}, {"مدرسه", "مدرس", 1}, {"ca", "abc", 3}, {"a", "abcdef", 3},
	} {
		if got := min(Slips(tt.a, tt.b, 2), 3); got != tt.want || min(Slips(tt.b, tt.a, 2), 3) != tt.want {
			t.Errorf("%s, %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestOneSlip: a word that one slip leads to is listed or begins as the word does.
func TestOneSlip(t *testing.T) {
	for _, other := range []string{"ain", "arin", "xrain", "rrain", "xain", "rin", "rian", "rxain", "rxin"} {
		if all := OneSlip("rain", "ra"); !slices.Contains(all, other) {
			t.Errorf("%s is not among %v", other, all)
		}
	}
	all := OneSlip("rain", "ra")
	for i, other := range all {
		if Slips("rain", other, 1) != 1 || slices.Contains(all[:i], other) {
			t.Errorf("%s", other)
		}
	}
	if all := OneSlip("rain", "rain"); !slices.Contains(all, "rai") || slices.Contains(all, "rainx") {
		t.Errorf("%v", all)
	}
	if len(OneSlip("京都", "")) == 0 {
		t.Error("nothing for letters without an alphabet")
	}
}
