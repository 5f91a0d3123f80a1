package news_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestInternalLinks(t *testing.T) {
	const body = `<p><a href="/city/bridge">1</a> <a href="https://news.example/city/bridge?x=1#top">again</a>
		<a href="http://www.news.example/about/">2</a> <a href="https://NEWS.example">3</a> <a href="../sport/">4</a> <a href="harbour">5</a>
		<a href="https://other.example/city">no</a> <a href="https://news.example.evil.example/">no</a> <a href="#note">no</a>
		<a href="mailto:a@news.example">no</a> <a href="/wp-content/a.JPG">no</a> <a href="/report.pdf?x">no</a> <a href="">no</a>
		<a href="/old.html">6</a> <a href="/%D9%85/">7</a> <a href="?page=2">8</a> <a href="/v2.0-released">9</a> <img src="/city/x"></p>`
	got := news.InternalLinks(body, "https://news.example", "/city/council/")
	want := []news.Path{"/city/bridge", "/about/", "/", "/city/sport/", "/city/council/harbour", "/old.html", "/%D9%85/", "/v2.0-released"}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if got := news.InternalLinks(`<a href="/a">x</a><a href="https://news.example/b">y</a>`, "", ""); !slices.Equal(got, []news.Path{"/a"}) {
		t.Errorf("without a site: %q", got)
	}
}

func TestDeadInternalLinks(t *testing.T) {
	if got := news.DeadInternalLinks("body", nil); got != nil {
		t.Errorf("%+v", got)
	}
	one := news.DeadInternalLinks("body", []news.Path{"/a"})
	if one.Code != news.IssueDeadInternalLink || one.Message != "the body links to /a, where this site has nothing; correct the link or remove it" {
		t.Errorf("%+v", one)
	}
	many := news.DeadInternalLinks("body", []news.Path{"/1", "/2", "/3", "/4", "/5", "/6"})
	if want := "the body links to 6 paths where this site has nothing: /1, /2, /3, /4, /5, …; correct the links or remove them"; many.Message != want {
		t.Errorf("%s", many.Message)
	}
}

func TestFingerprint(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	article := func() []string {
		words := make([]string, 300)
		for i := range words {
			words[i] = fmt.Sprintf("w%d", r.IntN(5000))
		}
		return words
	}
	const texts = 200
	edited, rewritten, chance := 0, 0, 0
	for range texts {
		words := article()
		f, _ := news.FingerprintOf(strings.Join(words, " "))
		if g, _ := news.FingerprintOf(strings.ToUpper(strings.Join(words, ", ")) + "!"); f != g {
			t.Fatal("capitals and commas change the fingerprint")
		}
		changed := slices.Clone(words)
		copy(changed[100:110], article())
		if g, _ := news.FingerprintOf(strings.Join(changed, " ")); f.Common(g) >= news.NearIdentical {
			edited++
		}
		copy(changed[:200], article())
		if g, _ := news.FingerprintOf(strings.Join(changed, " ")); f.Common(g) >= news.NearIdentical {
			rewritten++
		}
		if g, _ := news.FingerprintOf(strings.Join(article(), " ")); f.Common(g) > 0 {
			chance++
		}
	}
	if edited < texts*95/100 || rewritten > texts*5/100 || chance > 0 {
		t.Errorf("of %d texts found: %d edited, %d rewritten, %d others", texts, edited, rewritten, chance)
	}
	// Stored fingerprints must stay comparable.
	f, ok := news.FingerprintOf(strings.Repeat("The council voted on Tuesday to rebuild the bridge. ", 5))
	want := news.Fingerprint{-5774775708709810920, -7706426492403602676, 2240057804122388381, 1220900333751888051,
		-2899876209284579421, 9124327783728887521, 329615715562782444, -7167829806558220652}
	if !ok || f != want {
		t.Errorf("%d, %v", f, ok)
	}
	if _, ok := news.FingerprintOf("Too short to tell."); ok {
		t.Error("a short text has a fingerprint")
	}
	if _, ok := news.FingerprintOf(strings.Repeat("市议会星期二批准了计划。", 5)); !ok {
		t.Error("a Chinese text has no fingerprint")
	}
}
