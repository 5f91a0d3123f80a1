package news_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func html(body string) news.Copy {
	return news.Copy{Title: "Council votes on bridge", Body: news.Body{HTML: news.HTML(body)}}
}

// codes are the issues of a copy as "CODE path".
func codes(c news.Copy) (all []string) {
	for _, i := range c.Issues() {
		all = append(all, string(i.Code)+" "+strings.Join(i.Path, "."))
	}
	return all
}

const prose = "<p>The council voted on Tuesday to rebuild the bridge, which carries the road to the port.</p>"

func TestFillerText(t *testing.T) {
	for _, text := range []string{
		"Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
		"LOREM IPSUM  DOLOR", "Lorem ipsum", "lipsum",
		"Neque porro quisquam est, qui dolorem ipsum quia dolor sit amet",
		"At vero eos et accusamus et iusto odio dignissimos ducimus",
		"Vivamus tincidunt nunc ut justo ultrices tristique. Morbi tempor porta velit eu vehicula.",
		"But I must explain to you how all this mistaken idea of denouncing pleasure was born",
		"Far far away, behind the word mountains, far from the countries Vokalia", "The quick brown fox jumps over the lazy dog.",
		"Text here", "Your text here.", "Insert your text here, please", "asdf", "asdf asdf", "qwertz", "Title goes here",
		"Weit hinten, hinter den Wortbergen, fern der Länder Vokalien", "Dies ist ein Typoblindtext.", "Hier steht Ihr Text", "Blindtext",
		"Jemand musste Josef K. verleumdet haben", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich",
		"هذا النص هو مثال لنص يمكن أن يستبدل في نفس المساحة", "لوريم إيبسوم", "Votre texte ici", "此处输入文本",
		"Dear {{ first_name }},", "{% include footer.html %}", "[caption id=\"a\" width=\"3\"]x[/caption]", "[gallery]", "%%DATE%%", "[Insert quote here]",
		"The mayor said TKTK.", "[vc_row][vc_column width=\"1/2\"]",
	} {
		for field, c := range map[string]news.Copy{
			"body":       html(prose + "<h2>" + strings.ReplaceAll(text, "<", "&lt;") + "</h2>" + prose[:40] + "."),
			"title":      {Title: text, Body: news.Body{Text: "Something."}},
			"standfirst": {Title: "T", Standfirst: text, Body: news.Body{Text: "Something."}},
			"summary":    {Title: "T", Summary: text, Body: news.Body{Text: "Something."}},
		} {
			if got := codes(c); !slices.Equal(got, []string{"FILLER_TEXT " + field}) {
				t.Errorf("%q in the %s: %v", text, field, got)
			}
		}
	}
	for _, text := range []string{"Test", "Untitled", "Hello world!", "Ohne Titel", "xxx"} {
		if got := codes(news.Copy{Title: text, Body: news.Body{Text: "Something."}}); !slices.Equal(got, []string{"FILLER_TEXT title"}) {
			t.Errorf("the title %q: %v", text, got)
		}
	}
	message := html("<p>Intro.</p><p>Lorem ipsum dolor sit amet.</p>")
	if got := message.Issues()[0]; got.Severity != news.SeverityError ||
		got.Message != "the body holds filler text: “Lorem ipsum dolor sit amet.”; write the text, or remove it" {
		t.Errorf("%+v", got)
	}
}

func TestNoFillerText(t *testing.T) {
	for _, body := range []string{
		prose,
		"<p>Designers call such text lorem ipsum, after its first words, and have used it since the 1960s.</p>",
		"<p>The plan passed by a lot: “pro bono, ad hoc, et cetera”, the mayor said in Latin, “sic transit gloria mundi”.</p>",
		"<h2>Test</h2><p>We tested the text of the new law.</p>",
		"<p>Put <code>{{ site.title }}</code> into it.</p><pre><code>[gallery] Lorem ipsum dolor sit amet</code></pre>",
		"<p>Der Wert stieg. Ihr Text überzeugte die Jury.</p>",
		"<p>“[The] council [voted]”, it says [sic].</p>",
		"<ul><li>Asda</li><li>QWERTY keyboards</li><li>Ask as</li></ul>",
		"<p>Grădina este foarte mare și are pomi, flori și o fântână veche lângă poartă.</p>",
		"<p>La fattoria ha campi di grano e la casa del padre, con un orto dietro il muro.</p>",
		"<p>De gustibus non est disputandum, quod erat demonstrandum, cogito ergo sum, veni vidi vici.</p>",
	} {
		if got := codes(html(body)); got != nil {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestMissingAltText(t *testing.T) {
	empty, said, filler := "", "The bridge", "image caption"
	for _, test := range []struct {
		body string
		lead *news.Image
		want []string
	}{
		{prose + `<img src="/a.jpg" alt="The bridge"><img src="/b.jpg" alt="">`, &news.Image{AltText: &said}, nil},
		{prose, &news.Image{AltText: &empty}, nil},
		{prose, &news.Image{}, []string{"MISSING_ALT_TEXT leadImage.altText"}},
		{prose, &news.Image{AltText: &filler}, []string{"FILLER_TEXT leadImage.altText"}},
		{prose + `<figure><img src="/media/2020/a.jpg?w=3"><figcaption>x</figcaption></figure>`, nil, []string{"MISSING_ALT_TEXT body"}},
	} {
		c := html(test.body)
		c.LeadImage = test.lead
		if got := codes(c); !slices.Equal(got, test.want) {
			t.Errorf("%s, %+v: %v, want %v", test.body, test.lead, got, test.want)
		}
	}
	c := html(prose + `<img src="/media/2020/a.jpg?w=3"><IMG SRC="/b.png">`)
	want := `2 pictures in the body have no alternative text, the first is "a.jpg"; describe what they show, or give them an empty one if they only decorate`
	if got := c.Issues(); len(got) != 1 || got[0].Message != want || got[0].Severity != news.SeverityWarning {
		t.Errorf("%+v", got)
	}
}

func TestEmptyFields(t *testing.T) {
	for _, test := range []struct {
		copy news.Copy
		want []string
	}{
		{news.Copy{}, []string{"EMPTY_FIELD title", "EMPTY_FIELD body"}},
		{news.Copy{Title: " ", Body: news.Body{HTML: "<p> </p>"}}, []string{"EMPTY_FIELD title", "EMPTY_FIELD body"}},
		{news.Copy{Title: "Pictures", Body: news.Body{HTML: `<figure><img src="/a" alt="x"></figure>`}}, nil},
		{news.Copy{Title: "Sound", Body: news.Body{HTML: `<audio src="/a" controls=""></audio>`}}, nil},
		{news.Copy{Title: "Code", Body: news.Body{HTML: `<pre>x</pre>`}}, nil},
		{news.Copy{Title: "Words", Body: news.Body{Text: `x`}}, nil},
	} {
		if got := codes(test.copy); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.copy, got, test.want)
		}
	}
}

// The forgotten filler text of a starting page's About box.
func TestAboutBox(t *testing.T) {
	c := news.Copy{Title: "About Us", Body: news.Body{HTML: "<p>Neque porro quisquam est, qui dolorem ipsum quia dolor sit amet, consectetur, adipisci velit.</p>"}}
	if got := codes(c); !slices.Equal(got, []string{"FILLER_TEXT body"}) {
		t.Errorf("%v", got)
	}
}

func TestRepeatedParagraphs(t *testing.T) {
	long := "The council voted on Tuesday to rebuild the bridge, which carries the road to the port and the only railway."
	for _, test := range []struct {
		body string
		want []string
	}{
		{"<p>" + long + "</p><p>Other.</p><p>" + long + "</p>", []string{"DUPLICATE_TEXT body"}},
		{"<p>" + long + "</p><ul><li><b>" + strings.ToUpper(long[:3]) + "</b>" + long[3:] + "</li></ul>", []string{"DUPLICATE_TEXT body"}},
		{"<p>" + long + "</p><blockquote>" + long + "</blockquote><aside><p>" + long + "</p></aside>", nil},
		{"<p>Refrain of the song</p><p>Verse</p><p>Refrain of the song</p>", nil},
		{strings.Repeat("<p>What would you, as a member of the council, do to bring the two halves of the city together again?</p><p>A</p>", 2), nil},
	} {
		if got := codes(html(test.body)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.body, got, test.want)
		}
	}
	c := html(strings.Repeat("<p>"+long+"</p>", 3))
	if got := c.Issues()[0].Message; !strings.HasPrefix(got, "2 paragraphs stand in the body more than once, the first is “The council voted on Tuesday") {
		t.Error(got)
	}
}

func FuzzIssues(f *testing.F) {
	f.Add("Lorem", prose, "Ã¼ber donâ€™t")
	f.Add("\xbf", "0", "0")
	f.Add("", "<p>a<pre><img></pre></code><li>&amp;amp;", "\xff")
	f.Fuzz(func(t *testing.T, title, body, text string) {
		c := news.Copy{Title: title, Standfirst: text, Summary: body, Body: news.Body{HTML: news.HTML(body), Text: text}}
		for _, i := range c.Issues() {
			if len(i.Path) == 0 || i.Message == "" || !strings.Contains(i.Message, ";") || i.Severity == "" {
				t.Fatalf("%+v", i)
			}
		}
		news.InternalLinks(news.HTML(body), "https://news.example", news.Path(text))
		f, ok := news.FingerprintOf(text)
		if g, again := news.FingerprintOf(text); ok != again || f != g || f.Common(g) != 8 {
			t.Fatal("two fingerprints of one text")
		}
	})
}
