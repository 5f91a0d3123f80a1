package feed

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	bcp47 "golang.org/x/text/language"

	"github.com/dateline-cms/dateline/internal/news"
)

// selection says which anniversaries a query wants, and in which language.
type selection struct {
	from, to            *news.Date
	roundness           news.Roundness
	leapDayPolicy       news.LeapDayPolicy
	withoutCoverageOnly bool
	filter              news.HistoricalEventFilter // without topics and categories
	topics, categories  []string                   // slugs
	locale              *news.Locale               // nil: each event's own
}

// maxValues bounds the values of a parameter that takes several.
const maxValues = 100

// A parameter takes its values, at least one, into the selection.
type parameter func(s *selection, values []string) error

var parameters = map[string]parameter{
	"from":                 one(news.ParseDate, func(s *selection, v news.Date) { s.from = &v }),
	"to":                   one(news.ParseDate, func(s *selection, v news.Date) { s.to = &v }),
	"roundness":            one(oneOf(roundnesses...), func(s *selection, v news.Roundness) { s.roundness = v }),
	"withoutCoverageOnly":  one(parseBool, func(s *selection, v bool) { s.withoutCoverageOnly = v }),
	"leapDayPolicy":        one(oneOf(leapDayPolicies...), func(s *selection, v news.LeapDayPolicy) { s.leapDayPolicy = v }),
	"kinds":                several(oneOf(news.HistoricalEventKinds...), func(s *selection, v []news.HistoricalEventKind) { s.filter.Kinds = v }),
	"topics":               several(parseText, func(s *selection, v []string) { s.topics = v }),
	"categories":           several(parseText, func(s *selection, v []string) { s.categories = v }),
	"verification":         several(oneOf(news.VerificationStates...), func(s *selection, v []news.VerificationState) { s.filter.Verification = v }),
	"minSignificance":      one(between(0, 100), func(s *selection, v int) { s.filter.MinSignificance = &v }),
	"selectedOnly":         one(parseBool, func(s *selection, v bool) { s.filter.SelectedOnly = &v }),
	"astronomicalYearFrom": one(between(-maxYear, maxYear), func(s *selection, v int) { s.years().From = &v }),
	"astronomicalYearTo":   one(between(-maxYear, maxYear), func(s *selection, v int) { s.years().To = &v }),
	"text":                 one(parseText, func(s *selection, v string) { s.filter.Text = &v }),
	"locale":               one(parseLocale, func(s *selection, v news.Locale) { s.locale = &v }),
}

// maxYear lies beyond every year whose day of the year is known.
const maxYear = 999_999_999

var (
	roundnesses = []news.Roundness{news.RoundAny, news.RoundMultipleOf5, news.RoundMultipleOf10, news.RoundMultipleOf25,
		news.RoundMultipleOf50, news.RoundCentenary}
	leapDayPolicies = []news.LeapDayPolicy{news.LeapFeb28, news.LeapMar1, news.LeapYearsOnly}
)

// parseSelection reads a query. What is left out is as in the GraphQL field; what is unknown is an Invalid error that
// says what there is.
func parseSelection(query url.Values) (*selection, error) {
	s := &selection{roundness: news.RoundMultipleOf5, leapDayPolicy: news.LeapFeb28}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		take, ok := parameters[name]
		if !ok {
			return nil, news.Invalidf("there is no parameter %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(parameters)), ", "))
		}
		if err := take(s, query[name]); err != nil {
			return nil, news.Invalidf("%s: %v", name, err)
		}
	}
	return s, nil
}

func (s *selection) years() *news.IntRange {
	if s.filter.AstronomicalYear == nil {
		s.filter.AstronomicalYear = &news.IntRange{}
	}
	return s.filter.AstronomicalYear
}

// one is a parameter that is given once.
func one[V any](parse func(string) (V, error), set func(*selection, V)) parameter {
	return func(s *selection, values []string) error {
		if len(values) > 1 {
			return news.Invalidf("it was given %d times; give it once", len(values))
		}
		v, err := parse(values[0])
		if err == nil {
			set(s, v)
		}
		return err
	}
}

// several is a parameter that may be repeated and may hold more than one value, with commas between them.
func several[V any](parse func(string) (V, error), set func(*selection, []V)) parameter {
	return func(s *selection, values []string) error {
		texts := strings.Split(strings.Join(values, ","), ",")
		if len(texts) > maxValues {
			return news.Invalidf("it has %d values; give at most %d", len(texts), maxValues)
		}
		list := make([]V, len(texts))
		for i, text := range texts {
			var err error
			if list[i], err = parse(text); err != nil {
				return err
			}
		}
		set(s, list)
		return nil
	}
}

// oneOf reads one of the words of an enum.
func oneOf[W ~string](known ...W) func(string) (W, error) {
	return func(text string) (W, error) {
		if !slices.Contains(known, W(text)) {
			return "", news.Invalidf("%q is none of %v", text, known)
		}
		return W(text), nil
	}
}

func between(least, most int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return 0, news.Invalidf("%q is no whole number from %d to %d", text, least, most)
		}
		return n, nil
	}
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, news.Invalidf("%q is neither true nor false", text)
	}
	return text == "true", nil
}

func parseText(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", news.Invalidf("a value is empty; leave the parameter out or give it one")
	}
	return text, nil
}

func parseLocale(text string) (news.Locale, error) {
	tag, err := bcp47.Parse(text)
	if err != nil {
		return "", news.Invalidf("%q is no language tag; write it as en or pt-BR", text)
	}
	return news.Locale(tag.String()), nil
}
