package news_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/dateline-cms/dateline/internal/news"
)

// damage is the message about a text's encoding, or "".
func damage(text string) string {
	c := news.Copy{Title: "T", Body: news.Body{Text: text}}
	for _, i := range c.Issues() {
		if i.Code == news.IssueEncodingDamage {
			return i.Message
		}
	}
	return ""
}

func TestEncodingDamage(t *testing.T) {
	for text, want := range map[string]string{
		"They donâ€™t know":                "the body holds â€™, which is “’” in UTF-8, read as Windows-1252: “They donâ€™t know”; correct it, or import the text again as UTF-8",
		"Ã¼ber MÃ¼nchen":                   "“ü”",
		"Ã–sterreich":                      "“Ö”",
		"StraÃŸe":                          "“ß”",
		"10Â\u00a0€":                       "“\u00a0”",
		"Â© 2019":                          "“©”",
		"Å›wiat i WrocÅ‚aw":                "“ś”",
		"nice ðŸ˜€":                        "“😀”",
		"Ð¿Ñ€Ð¸Ð²ÐµÑ‚":                     "Windows-1252",
		"Ø§Ù„Ø¹Ø±Ø§Ù‚":                     "Windows-1252",
		"ط§ظ„ط¹ط±ط§ظ‚":                     "“العراق” in UTF-8, read as Windows-1256",
		"РџСЂРёРІРµС‚":                     "“Привет” in UTF-8, read as Windows-1251",
		"ä¸\u00adæ–‡ç½‘":                   "Windows-1252",
		"ÇáÚÑÇÞ æÓæÑíÇ":                    "ÇáÚÑÇÞ, which is العراق in Windows-1256, read as Windows-1252",
		"lost \ufffd letter":               "the sign � for a letter that was lost",
		"Tom &amp; Jerry":                  "the reference &amp;, which was encoded twice",
		"the mayor&#8217;s":                "encoded twice",
		"they don?t know":                  "question marks for letters that were lost",
		"??? ???? ????":                    "question marks",
		"A long way in front of it: cafÃ©": "“in front of it: cafÃ©”",
	} {
		if got := damage(text); !strings.Contains(got, want) || got == "" {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"Crème brûlée à la carte, ÉTÉ, «Ça va ?» CAFÉ… CAFÉ”", "Über Straßen: Ä, Ö, Ü, äöüß. „Spaß“ – „Fuß“…", "São Paulo, IRMÃ, ÇÃO, coração, Â e Ã",
		"Łódź Ćma Żółć ęóąśłżźćń", "Příliš žluťoučký kůň úpěl ďábelské ódy", "İstanbul’da şğıçöü", "þetta er Ísland, ÞÓRR og ÐAÐ",
		"Привет, мир. «Съёмки» РСФСР СССР", "Українська їжак ґанок Єва Рівне Сімферополь", "العراق، وسوريا؛ طهران؟ ظلّ", "پارسی و اگرچه شرکت\u200cها، کارگر،", "اردو تھا، اسکاٹ لینڈ",
		"市议会。東京「タワー」", "What?! Really??? Yes?", "see example.org/page?id=4&copy=1 &c.", "AT&T; R&D; Q&A", "naïve café’s “menu” — 5 € ±2° £3 ½ «x»", "😀 ✓ ™",
	} {
		if got := damage(text); got != "" {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// Whatever a language writes, when its UTF-8 is read as Windows-1252 it is found; unharmed it is not.
func TestEncodingDamageOfLanguages(t *testing.T) {
	for _, text := range []string{
		"Die Brücke wird für fünf Millionen Euro erneuert", "La municipalité a voté mardi pour la rénovation", "Cămașa și fântâna din grădină",
		"Совет проголосовал во вторник", "صوت المجلس يوم الثلاثاء على الخطة", "Η πόλη ψήφισε", "市议会星期二批准了计划", "Rada głosowała we wtorek", "המועצה הצביעה",
	} {
		read, err := charmap.Windows1252.NewDecoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		read = strings.ReplaceAll(read, "\ufffd", "") // bytes that the encoding leaves open are dropped
		if damage(read) == "" || damage(text) != "" {
			t.Errorf("%q: %q; read wrongly, %q: %q", text, damage(text), read, damage(read))
		}
	}
}

// openData opens a file of the shared test data, which is not part of the repository.
func openData(t *testing.T, name string) io.Reader {
	t.Helper()
	if testing.Short() {
		t.Skip("one goroutine: the race detector has nothing to find here")
	}
	f, err := os.Open("../../../shared/data/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no shared test data: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Real news in 29 languages holds no filler and no damage.
func TestRealNewsIsClean(t *testing.T) {
	n := 0
	check := func(id, title, text string) {
		n++
		c := news.Copy{Title: title, Body: news.Body{Text: text}}
		for _, i := range c.Issues() {
			if i.Code != news.IssueDuplicateText {
				t.Errorf("%s: %s: %s", id, i.Code, i.Message)
			}
		}
	}
	stories := json.NewDecoder(bufio.NewReader(openData(t, "news/ntrex-multilingual/articles.jsonl.gz")))
	for {
		var story struct {
			Lang, Doc, Title string
			Paragraphs       []string
		}
		if err := stories.Decode(&story); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		check(story.Lang+" "+story.Doc, story.Title, strings.Join(story.Paragraphs, "\n\n"))
	}
	rows, err := csv.NewReader(openData(t, "news/wikinews/wikinews_2019.csv.gz")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		check(row[0], row[2], row[3])
	}
	if n < 1900 {
		t.Errorf("only %d stories", n)
	}
}
