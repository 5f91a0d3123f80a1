package news

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// filler is text that was never meant for readers.
type filler struct {
	severity IssueSeverity
	what     string // what it is
	passage  string // where it stands
	remedy   string
}

// fillerPhrases give a text away wherever they stand, in the form of foldedWords: the usual Latin, from Cicero or a
// generator, what German, English, French, Spanish, Russian, Arabic, Persian and Chinese layouts are filled with, and what
// site builders put into a new page.
var fillerPhrases = []string{
	"lorem ipsum dolor", "dolor sit amet", "consectetur adipiscing", "consectetuer adipiscing", "consectetur adipisicing",
	"consectetur adipisici elit", "consetetur sadipscing", "sed do eiusmod", "sed eiusmod tempor", "sed diam nonumy", "sed diam nonummy",
	"ut enim ad minim veniam", "quis nostrud exercitation", "duis aute irure", "duis autem vel eum", "excepteur sint",
	"neque porro quisquam", "quia dolor sit amet", "nemo enim ipsam voluptatem", "sed ut perspiciatis unde", "at vero eos et accusam",
	"at vero eos et accusamus", "nam libero tempore", "nam liber tempor", "temporibus autem quibusdam", "itaque earum rerum hic",
	"quis autem vel eum iure", "et harum quidem rerum", "pellentesque habitant morbi", "vestibulum ante ipsum primis",
	"class aptent taciti sociosqu", "cum sociis natoque", "li europan lingues", "stet clita kasd",

	"behind the word mountains", "but i must explain to you how all this mistaken", "we denounce with righteous indignation",
	"when gregor samsa woke from troubled dreams", "click edit button to change this text", "click the edit button to change this text",
	"click here to edit this text", "this is an example page it s different from a blog post", "this is your first post edit or delete it",
	"insert your text here", "insert text here", "enter your text here", "enter text here", "type your text here", "add your text here",
	"your text goes here", "your content goes here", "text goes here", "description goes here", "this is dummy text",
	"this is placeholder text", "this is sample text", "just another wordpress site",

	"hinter den wortbergen", "dies ist ein typoblindtext", "dies ist ein blindtext", "ich bin ein blindtext", "hier steht ihr text",
	"hier steht dein text", "hier könnte ihr text stehen", "ihr text hier", "dein text hier", "das layout ist fertig der text lässt auf sich warten",
	"eine wunderbare heiterkeit hat meine ganze seele", "er hörte leise schritte hinter sich", "jemand musste josef k verleumdet haben",
	"als gregor samsa eines morgens aus unruhigen träumen", "um diesen text zu ändern", "dies ist eine beispiel seite",
	"dies ist dein erster beitrag", "ich bin ein textblock",

	"votre texte ici", "pour modifier ce texte", "ceci est un faux texte", "tu texto aquí", "para cambiar este texto", "escribe aquí tu texto",
	"лорем ипсум", "за словесными горами", "рыба текст", "لوريم إيبسوم", "لوريم ايبسوم", "لورم ایپسوم", "هذا النص هو مثال لنص",
	"اكتب النص هنا", "أدخل النص هنا", "此处输入文本", "在此输入文字", "这里是占位文字", "乱数假文", "ダミーテキストです",
}

// placeholders are filler when a passage is nothing else; fieldPlaceholders only when a whole field is.
var (
	placeholders = []string{"text here", "your text", "your text here", "title here", "your title", "your title here", "title goes here",
		"headline here", "headline goes here", "heading goes here", "your headline", "subtitle here", "add your title", "caption here",
		"caption goes here", "insert caption", "image caption", "summary here", "description here", "your description", "sample text",
		"dummy text", "placeholder text", "filler text", "lorem", "lipsum", "lorem ipsum", "tbd", "tk", "tktk", "tk tk", "foo bar", "foo bar baz",
		"blindtext", "platzhaltertext", "mustertext", "beispieltext", "text folgt", "überschrift hier", "ihre überschrift", "ihr text",
		"hier text einfügen", "texte ici", "faux texte", "votre texte", "texto de ejemplo", "texto aquí", "النص هنا", "نص تجريبي",
		"عنوان تجريبي", "текст здесь", "占位符", "the quick brown fox jumps over the lazy dog",
		"franz jagt im komplett verwahrlosten taxi quer durch bayern", "zwölf boxkämpfer jagen viktor quer über den großen sylter deich",
		"zwei flinke boxer jagen die quirlige eva und ihren mops durch sylt"}
	fieldPlaceholders = []string{"test", "test test", "testing", "test title", "test post", "test article", "text", "title", "headline", "untitled",
		"no title", "hello world", "placeholder", "platzhalter", "todo", "xxx", "ohne titel", "titel", "überschrift", "testbeitrag", "hallo welt",
		"sans titre", "sin título", "auto draft"}
)

// pseudoLatin are words of the generators that no living language has in common with them.
var pseudoLatin = strings.Fields(`accumsan adipiscing aliqua aliquam aliquet aliquip amet ante aptent arcu auctor augue bibendum blandit
	cillum commodo condimentum congue consectetuer consectetur consequat conubia convallis cras cubilia curabitur curae cursus dapibus
	dictum dictumst dignissim dolore dolor donec dui duis egestas eget eiusmod eleifend elementum elit enim erat eros etiam euismod
	excepteur exercitation facilisi facilisis fames faucibus felis fermentum feugiat finibus fringilla fusce gravida habitant habitasse
	hendrerit himenaeos iaculis imperdiet incididunt inceptos integer interdum ipsum irure justo labore laboris lacinia lacus laoreet
	lectus leo libero ligula litora lobortis lorem luctus maecenas magna malesuada massa mattis mauris metus mollis molestie morbi nam
	natoque nec neque netus nibh nisi nisl nonummy nostra nostrud nulla nullam nunc odio officia orci ornare parturient pellentesque penatibus
	phasellus placerat platea porta porttitor potenti praesent pretium proin pulvinar purus quam quis quisque rhoncus ridiculus risus
	rutrum sagittis sapien scelerisque sem semper senectus sit sociosqu sodales sollicitudin suscipit suspendisse taciti tellus
	tempor tempus tincidunt torquent tortor tristique turpis ullamco ullamcorper ultrices ultricies urna varius vehicula velit venenatis
	veniam vestibulum vitae vivamus viverra volutpat voluptate vulputate`)

// leftovers are what a template, a shortcode or a writer's note leaves behind.
var leftovers = regexp.MustCompile(`\{\{[^{}\n]{1,80}\}\}|\{%[^%\n]{1,120}%\}|<%[^%\n]{1,120}%>|%%[A-Za-z_]\w*%%|` +
	`\[/?(?:caption|gallery|playlist|contact-form-7|wpforms|rev_slider|(?:vc|et_pb|fusion|av|su)_\w+)(?:\s[^\]\n]*)?\]|` +
	`(?i:\[insert [^\]\n]{1,40}\])|\bTKTK\b|\[TK\]`)

// keyboardRow is what a hand does that only wants some letters.
var keyboardRow = regexp.MustCompile(`^(?:asdf|sdf|dfg|fgh|ghj|hjk|jklö?|qwertz|qwerty|qwer|yxcv|zxcv|asd|qwe|dsa|fds)+$`)

// findFiller is the first filler among the passages; nil when there is none.
func findFiller(passages []passage, isField bool) *filler {
	for _, p := range passages {
		if mark := leftover(p.text); mark != "" {
			return &filler{SeverityError, "a leftover of a template, " + mark, p.text, "replace it, or remove it"}
		}
		words := foldedWords(p.text)
		if isFillerText(words) {
			return &filler{SeverityError, "filler text", p.text, "write the text, or remove it"}
		}
		if isPlaceholder(words, isField) {
			return &filler{SeverityWarning, "a placeholder", p.text, "write the text, or remove it"}
		}
	}
	return nil
}

// leftover is the first leftover in a text, or "". Few texts hold a character that begins one.
func leftover(text string) string {
	if !strings.ContainsAny(text, "{[<%") && !strings.Contains(text, "TKTK") {
		return ""
	}
	return leftovers.FindString(text)
}

// foldedWords are the words of a text in lower case, without anything between them.
func foldedWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

func isFillerText(words []string) bool {
	text := " " + strings.Join(words, " ") + " "
	if slices.ContainsFunc(wholePhrases, func(phrase string) bool { return strings.Contains(text, phrase) }) {
		return true
	}
	const fewest = 8 // words, so that a quotation or a name of a species is none
	n := 0
	for _, word := range words {
		if isPseudoLatin[word] {
			n++
		}
	}
	return n >= fewest && 2*n >= len(words)
}

// wholePhrases are the phrases with the spaces around them that scripts with spaces have.
var wholePhrases = func() (all []string) {
	for _, phrase := range fillerPhrases {
		if !strings.ContainsFunc(phrase, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Katakana) }) {
			phrase = " " + phrase + " "
		}
		all = append(all, phrase)
	}
	return all
}()

var isPseudoLatin = func() map[string]bool {
	is := map[string]bool{}
	for _, word := range pseudoLatin {
		is[word] = true
	}
	return is
}()

func isPlaceholder(words []string, isField bool) bool {
	text := strings.Join(words, " ")
	if slices.Contains(placeholders, text) || isField && slices.Contains(fieldPlaceholders, text) {
		return true
	}
	if len(words) == 0 || len(words) > 3 {
		return false
	}
	return len(text) >= 4 && !slices.ContainsFunc(words, func(word string) bool { return !keyboardRow.MatchString(word) })
}
