package news_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// claim is "*1998-10-05 source Annals", "1998-07-16 printed Rain" and the like; a star marks the accepted one.
func claim(t *testing.T, text string) (c news.PrintedClaim) {
	t.Helper()
	words := strings.SplitN(text, " ", 3)
	edtf, isAccepted := strings.CutPrefix(words[0], "*")
	date, err := news.ParseHistoricalDate(edtf, news.CalendarGregorian)
	if err != nil {
		t.Fatal(err)
	}
	c.Date, c.IsAccepted = date, isAccepted
	if len(words) > 1 {
		switch words[1] {
		case "source":
			c.Source = &news.Citation{Title: words[2]}
		case "printed":
			c.IsPrinted, c.Article = true, words[2]
		case "hidden":
			c.IsPrinted = true
		}
	}
	return c
}

func TestClaimIssues(t *testing.T) {
	for _, tt := range []struct {
		claims       string
		verification news.VerificationState
		want         []string
	}{
		{"*1998-10-05", "", nil},
		{"*1998-10-05|1998", "", nil},                // both can be right
		{"*1998-10-05|1998-10-05 source A", "", nil}, // the same day, better supported
		{"*1998-10-05 source A|1998-10-07 source B", "",
			[]string{"WARNING the source “B” gives 7 October 1998, the accepted date is 5 October 1998; accept the right one, or set the event to VERIFIED or DISPUTED"}},
		{"*1998-10-05 source A|1998-10-07 source B", news.Disputed, []string{"INFO the source “B” gives 7 October 1998, the accepted date is 5 October 1998; the event is set to DISPUTED"}},
		{"*1998-10-05 source A|1998-10-07", news.Verified, []string{"INFO a claim without a source gives 7 October 1998, the accepted date is 5 October 1998; the event is set to VERIFIED"}},
		// What an article of the site printed misleads readers, whatever is known.
		{"*1998-10-05 source A|1998-07-16 printed Rain", news.Verified,
			[]string{"ERROR the article “Rain” gives 16 July 1998, the accepted date is 5 October 1998; correct the article, or accept its date"}},
		{"*1998-10-05|1997? hidden", "", []string{"WARNING an article gives 1997?, the accepted date is 5 October 1998; correct the article, or accept its date"}},
		// Claims with better support, and another day of the year.
		{"*1998-10-05|1998-10-07 source B", "", []string{"WARNING the source “B” gives 7 October 1998, the accepted date is 5 October 1998; " +
			"it is better supported (it names a source): accept it, or set the event to VERIFIED; until then the event is kept on 5 October of each year, and not on 7 October"}},
		{"*1998-10-05|1998-10-07 source B", news.Verified, []string{"INFO the source “B” gives 7 October 1998, the accepted date is 5 October 1998; the event is set to VERIFIED"}},
		{"*1998-10 source A|1998-10-07 source B", "", []string{"WARNING the source “B” gives 7 October 1998, the accepted date is October 1998; " +
			"it is better supported (it is more exact): accept it, or set the event to VERIFIED; until then the event is kept on no day of the year, and not on 7 October"}},
		{"*1998-10-06? source A|1998-10-07 source B|1998-10-08 source C", "", []string{
			"WARNING the source “B” gives 7 October 1998, the accepted date is 6 October 1998?; " +
				"it is better supported (it is not in doubt): accept it, or set the event to VERIFIED; until then the event is kept on 6 October of each year, and not on 7 October",
			"WARNING the source “C” gives 8 October 1998, the accepted date is 6 October 1998?; accept the right one, or set the event to VERIFIED or DISPUTED"}},
		{"*1998 source A|1998-10-07", "", nil}, // more exact, and nobody says so
		{"1998-10-07 source B", "", nil},       // nothing is accepted
	} {
		var claims []news.PrintedClaim
		for text := range strings.SplitSeq(tt.claims, "|") {
			claims = append(claims, claim(t, text))
		}
		e := news.HistoricalEvent{Head: news.Head{Title: "Vote"}, Verification: tt.verification}
		var got []string
		for _, i := range e.ClaimIssues(claims) {
			if i.Code != news.IssueEventDateConflict || fmt.Sprint(i.Path) != "[dateClaims]" {
				t.Errorf("%s: %+v", tt.claims, i)
			}
			got = append(got, fmt.Sprintf("%s %s", i.Severity, i.Message))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s %s:\n got %q\nwant %q", tt.claims, tt.verification, got, tt.want)
		}
	}
}

func TestEventIssues(t *testing.T) {
	date, err := news.ParseHistoricalDate("1850-01-01", news.CalendarGregorian)
	if err != nil {
		t.Fatal(err)
	}
	e := news.HistoricalEvent{Head: news.Head{Title: "A work of 1850"}, Date: date}
	codes := func(e news.HistoricalEvent, image *news.Image) (all []string) {
		for _, i := range e.Issues(image, nil) {
			all = append(all, string(i.Code)+" "+strings.Join(i.Path, "."))
		}
		return all
	}
	if got := codes(e, nil); !slices.Equal(got, []string{"SUSPICIOUS_DATE date"}) { // and no body that is missing
		t.Errorf("%q", got)
	}
	e.Verification, e.Account.HTML = news.Verified, `<p>They donâ€™t know.</p><img src="/a.png"><p>Lorem ipsum dolor sit amet, consectetur.</p>`
	want := []string{"MISSING_ALT_TEXT image.altText", "FILLER_TEXT description", "ENCODING_DAMAGE description", "MISSING_ALT_TEXT description"}
	if got := codes(e, &news.Image{}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, i := range e.Issues(&news.Image{}, nil) {
		if strings.Contains(i.Message, "body") || strings.Contains(i.Message, "lead") {
			t.Errorf("an event has no such field: %s", i.Message)
		}
	}
	e = news.HistoricalEvent{Date: date, Verification: news.Verified}
	if got := codes(e, nil); !slices.Equal(got, []string{"EMPTY_FIELD title"}) {
		t.Errorf("%q", got)
	}
}
