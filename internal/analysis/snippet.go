package analysis

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mark is a text as HTML in which what is wanted is marked; false when it does not occur. It holds no element but mark. A text of
// more than limit characters is cut to the stretch of that length that holds the most of what is wanted, with … where
// something is left out.
func (l *Language) Mark(text string, wanted []Wanted, limit int) (marked string, found bool) {
	if len(text) > maxMarked {
		text = strings.ToValidUTF8(text[:maxMarked], "")
	}
	spans := l.Find(text, wanted)
	if len(spans) == 0 {
		return "", false
	}
	from, to := 0, len(text)
	if characters(text) > limit {
		from, to = stretch(text, spans, limit)
	}
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	at := from
	for _, s := range spans {
		if s.Start < from || s.End > to {
			continue
		}
		escape(&b, text[at:s.Start])
		b.WriteString("<mark>")
		escape(&b, text[s.Start:s.End])
		b.WriteString("</mark>")
		at = s.End
	}
	escape(&b, text[at:to])
	if to < len(text) {
		b.WriteString("…")
	}
	return b.String(), true
}

// maxMarked bounds how much of a text is looked at, in bytes.
const maxMarked = 1 << 18

// escape writes text as HTML, line breaks as spaces.
func escape(b *strings.Builder, text string) {
	b.WriteString(html.EscapeString(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)))
}

// stretch is the part of a text to show: it begins some words before the first of the spans that lie near each other and are the
// most different, of equal ones the first.
func stretch(text string, spans []Span, limit int) (from, to int) {
	best, most := 0, 0
	lead := limit / 4
	end := 0
	for i := range spans {
		different := map[string]bool{}
		end = forward(text, spans[i].Start, limit-lead)
		for _, s := range spans[i:] {
			if s.End > end {
				break
			}
			different[Fold(text[s.Start:s.End])] = true
		}
		if len(different) > most {
			best, most = i, len(different)
		}
		if i >= maxStretches {
			break
		}
	}
	start := spans[best].Start
	from = wordStart(text, backward(text, start, lead), start)
	to = wordEnd(text, forward(text, from, limit), max(from, min(spans[best].End, forward(text, from, limit))))
	return from, to
}

// maxStretches bounds how many places are compared.
const maxStretches = 200

// forward is the place so many characters behind another.
func forward(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// backward is the place so many characters before another.
func backward(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

// wordStart is the place after the first space from a place on, or the start of the character there when there is none before last.
func wordStart(text string, at, last int) int {
	if at == 0 {
		return 0
	}
	if space := strings.IndexFunc(text[at:last], unicode.IsSpace); space >= 0 {
		return at + space + len(text[at+space:]) - len(strings.TrimLeftFunc(text[at+space:], unicode.IsSpace))
	}
	for at < last && attached(text[at:]) {
		at = forward(text, at, 1)
	}
	return at
}

// wordEnd is the place before the last space up to a place, or the end of the character there when there is none after first.
func wordEnd(text string, at, first int) int {
	if at == len(text) {
		return at
	}
	if space := strings.LastIndexFunc(text[first:at], unicode.IsSpace); space >= 0 {
		return len(strings.TrimRightFunc(text[:first+space], unicode.IsSpace))
	}
	for at > first && attached(text[at:]) {
		at = backward(text, at, 1)
	}
	return at
}

// attached says whether a text begins with what goes with the character before it.
func attached(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.Is(unicode.M, r) || isIgnorable(r)
}
