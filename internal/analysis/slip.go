package analysis

import "strings"

// Slips is how many slips of the keyboard make one word of another: letters left out, put in, exchanged for others or with their
// neighbours. It is more than most when there are more than that.
func Slips(a, b string, most int) int {
	from, to := []rune(a), []rune(b)
	if len(from)-len(to) > most || len(to)-len(from) > most {
		return most + 1
	}
	// Rows of the table of optimal string alignment: the last but one, the last, and this one.
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i, r := range from {
		row[0] = i + 1
		least := row[0]
		for j, c := range to {
			exchanged := last[j]
			if r != c {
				exchanged++
			}
			row[j+1] = min(exchanged, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && r == to[j-1] && from[i-1] == c {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(to)]
}

// alphabets are the letters of folded words, in which a slip can be looked for letter by letter.
var alphabets = []string{"abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў", "αβγδεζηθικλμνξοπρστυφχψω", "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
	"ابتثجحخدذرزسشصضطظعغفقكلمنهويءپچژگ"}

// OneSlip are the words that one slip makes of a word and that do not begin with a given beginning. They are few: a slip
// anywhere else leaves the beginning as it was.
func OneSlip(word, beginning string) (all []string) {
	runes := []rune(word)
	alphabet := ""
	for _, letters := range alphabets {
		if strings.ContainsRune(letters, runes[0]) {
			alphabet = letters
		}
	}
	seen := map[string]bool{}
	add := func(parts ...string) {
		other := strings.Join(parts, "")
		if other != word && !seen[other] && (beginning == "" || !strings.HasPrefix(other, beginning)) {
			seen[other] = true
			all = append(all, other)
		}
	}
	for i := range runes {
		if beginning != "" && i > len([]rune(beginning)) {
			break
		}
		head, tail := string(runes[:i]), string(runes[i+1:])
		add(head, tail)
		if i+1 < len(runes) {
			add(head, string(runes[i+1]), string(runes[i]), string(runes[i+2:]))
		}
		for _, letter := range alphabet {
			add(head, string(letter), tail)
			add(head, string(letter), string(runes[i:]))
		}
	}
	return all
}
