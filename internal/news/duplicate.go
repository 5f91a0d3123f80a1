package news

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SameEventFrom is the score of [SameEvent] from which an editor should be shown two events as perhaps one. Measured on
// 315 events that two authors told in their own words, it finds 271; of 39,142 pairs that one source lists for a day, it
// offers 22, of which 2 are the same.
const SameEventFrom = 0.3

// SameEvent says how likely two events of one day are the same, written twice: from 0 to 1, the same in both directions.
// It is 0 unless day, year and sort agree; a date in the Julian and one in the Gregorian calendar agree when they are the
// same day, or have the same figures. Else it compares the words of the titles and descriptions: names, numbers and rare
// long words count most, words that differ in their ending count as the same. Of a birth or a death, the name decides.
func SameEvent(a, b *HistoricalEvent) float64 { return a.told().like(b.told()) }

// SameEvents are the groups of two or more events that [SameEvent] joins, directly or through others. Groups and their
// events keep the order of events. Its time grows with the square of their number.
func SameEvents(events []*HistoricalEvent) (groups [][]*HistoricalEvent) {
	all := make([]told, len(events))
	group := make([]int, len(events)) // the first event of each one's group
	for i, e := range events {
		all[i], group[i] = e.told(), i
		for j := range i {
			if group[i] == group[j] || all[i].like(all[j]) < SameEventFrom {
				continue
			}
			from, to := max(group[i], group[j]), min(group[i], group[j])
			for k := range i + 1 {
				if group[k] == from {
					group[k] = to
				}
			}
		}
	}
	members := make([][]*HistoricalEvent, len(events))
	for i, e := range events {
		members[group[i]] = append(members[group[i]], e)
	}
	for _, m := range members {
		if len(m) > 1 {
			groups = append(groups, m)
		}
	}
	return groups
}

// told is what [SameEvent] compares of an event.
type told struct {
	kind  HistoricalEventKind
	date  HistoricalDate
	day   int64 // as in HistoricalDate.SortDay
	words map[string]int
}

func (e *HistoricalEvent) told() told {
	t := told{kind: sortOf(e), date: e.Date, day: e.Date.SortDay()}
	if t.isLife() {
		t.words = wordsOf(personOf(e.Title), false)
	} else {
		t.words = e.words()
	}
	if t.kind == EventHoliday {
		for word := range t.words {
			if slices.Contains(holidayWords, word) {
				t.words[word] = 1
			}
		}
	}
	return t
}

// holidayWords are in the names of many days and tell none from another, in the form of wordsOf.
var holidayWords = []string{"day", "world", "intern", "nation", "feast", "tag", "weltta", "dia", "mundia", "nacion", "jour", "journe", "mondia",
	"giorna", "nazion"}

func (t told) isLife() bool { return t.kind == EventBirth || t.kind == EventDeath }

func (t told) like(other told) float64 {
	if t.kind != other.kind || !t.sameDay(other) {
		return 0
	}
	part := overlap(t.words, other.words)
	if t.isLife() {
		// Half of a name says little: brothers and namesakes are born and die, too.
		part *= part
	}
	return part
}

// words are those that say what happened: those of a label such as "World War II: " less, the year of the event not.
func (e *HistoricalEvent) words() map[string]int {
	text := e.Title + ".\n" + e.Account.Text
	label, rest, ok := strings.Cut(e.Title, ": ")
	if ok && len(label) < 60 {
		text = rest + ".\n" + strings.Replace(e.Account.Text, label+": ", "", 1)
	}
	words := wordsOf(text, true)
	if ok && len(label) < 60 {
		for w, n := range wordsOf(label, false) {
			words[w] = max(words[w], n/4)
		}
	}
	if e.Date.Year != nil {
		delete(words, strconv.Itoa(*e.Date.Year))
	}
	return words
}

// sortOf makes holidays and observances one sort: sources disagree about them.
func sortOf(e *HistoricalEvent) HistoricalEventKind {
	switch e.Kind {
	case EventObservance:
		return EventHoliday
	case "":
		return EventHappening
	}
	return e.Kind
}

// sameDay says whether both dates are of one known day; a recurring one has no year.
func (t told) sameDay(other told) bool {
	x, y := t.date.MonthDay(), other.date.MonthDay()
	if x == nil || y == nil {
		return false
	}
	year, otherYear := t.date.AstronomicalYear, other.date.AstronomicalYear
	if year == nil || otherYear == nil {
		return year == otherYear && *x == *y
	}
	return *x == *y && *year == *otherYear || t.day == other.day
}

// personOf is the name at the beginning of "Name, what they were (d. 1999)".
func personOf(title string) string {
	if i := strings.IndexAny(title, ",(–;،、"); i > 0 {
		return title[:i]
	}
	return title
}

// stemLength is how many letters of a word count: endings change with tense and case.
const stemLength = 6

// wordsOf are the words of a text with their weights. In scripts without spaces each pair of characters is a word.
// The first letter of a sentence does not make a name.
func wordsOf(text string, isSentence bool) map[string]int {
	words := map[string]int{}
	var word []rune
	isName, isFirst := false, isSentence // the current word begins with a capital letter; it begins a sentence
	end := func() {
		if len(word) > 0 {
			key := string(word[:min(len(word), stemLength)])
			words[key] = max(words[key], weight(word, isName, isFirst))
			isFirst = false
		}
		word, isName = word[:0], false
	}
	var before rune // the character before, in a script without spaces
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			end()
			if before != 0 {
				words[string([]rune{before, r})] = 10
			}
			before = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if len(word) == 0 {
				isName = unicode.IsUpper(r)
			}
			word = append(word, unicode.ToLower(r))
		case r == '\'' || r == '’': // part of a word, as in O'Neill
		default:
			end()
			isFirst = isFirst || r == '.' || r == '\n'
		}
		before = 0
	}
	end()
	return words
}

// weight is what it means that two texts share a word. Words with capital letters are mostly names, unless they begin a
// sentence; short words are mostly grammar.
func weight(word []rune, isName, isFirst bool) int {
	switch {
	case unicode.IsDigit(word[0]):
		return 20
	case isName && (len(word) > 3 || len(word) > 1 && !isFirst):
		return 20
	case len(word) < 4:
		return 1
	case len(word) < 6:
		return 5
	}
	return 10
}

// overlap is the weight that the words have in common, as a part of that of the shorter text and, less, of the longer one.
// Texts with less than one name in them cannot have all in common.
func overlap(a, b map[string]int) float64 {
	var shared, ofA, ofB int
	for w, n := range a {
		ofA += n
		shared += min(n, b[w])
	}
	for _, n := range b {
		ofB += n
	}
	return 10 * float64(shared) / float64(7*max(20, min(ofA, ofB))+3*max(20, ofA, ofB))
}
