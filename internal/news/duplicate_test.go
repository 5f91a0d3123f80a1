package news

import (
	"slices"
	"testing"
)

func happened(kind HistoricalEventKind, date EDTF, calendar CalendarModel, title, text string) *HistoricalEvent {
	d, err := ParseHistoricalDate(string(date), calendar)
	if err != nil {
		panic(err)
	}
	return &HistoricalEvent{Head: Head{Title: title}, Kind: kind, Date: d, Account: RichText{Text: text}}
}

func TestSameEvent(t *testing.T) {
	day := func(title, text string) *HistoricalEvent {
		return happened(EventHappening, "1905-06-07", "", title, text)
	}
	born := func(title string) *HistoricalEvent { return happened(EventBirth, "1905-06-07", "", title, "") }
	for _, c := range []struct {
		name string
		a, b *HistoricalEvent
		want bool
	}{
		{"other words", day("Norway’s parliament dissolves the union with Sweden", "The Storting in Oslo voted without a dissenting voice."),
			day("The Norwegian Storting declares the union with Sweden dissolved", ""), true},
		{"a label", day("World War: the fleet of Norland sinks off Skagen", ""), day("The fleet of Norland sinks at Skagen", ""), true},
		{"the label alone", day("World War: the fleet of Norland sinks off Skagen", ""), day("World War: a treaty is signed in Vienna", ""), false},
		{"accents and endings", day("Mustafa Kemal Atatürk lands at Samsun", ""), day("Landing of Mustafa Kemal Ataturk in Samsun", ""), true},
		{"the year alone", day("Election of 1905 in Norland", ""), day("Floods of 1905 in Sudland", ""), false},
		{"nothing in common", day("A bridge opens in Dresden", ""), day("Painters found a group", ""), false},
		{"grammar alone", day("It was the one in the", ""), day("In it the one was", "of the and"), false},
		{"Chinese", day("孙中山就任中华民国临时大总统", ""), day("孙中山在南京就任临时大总统", ""), true},
		{"other Chinese", day("孙中山就任中华民国临时大总统", ""), day("北京地铁第一条线路通车", ""), false},
		{"Russian", day("Юрий Гагарин совершает полёт в космос", ""), day("Первый полет человека в космос: Юрий Гагарин", ""), true},
		{"no words", day("…", ""), day("…", ""), false},
		{"one person", born("Ada Example, mathematician (d. 1990)"), born("Ada Example is born in Turin"), true},
		{"brothers", born("Rob Ryan, football player"), born("Rex Ryan, football player"), false},
		{"one trade", born("Ada Example, Norwegian mathematician"), born("Nils Somebody, Norwegian mathematician"), false},
		{"another sort", day("Ada Example, mathematician", ""), born("Ada Example, mathematician"), false},
		{"another year", day("A bridge opens in Dresden", ""), happened(EventHappening, "1906-06-07", "", "A bridge opens in Dresden", ""), false},
		{"another day", day("A bridge opens in Dresden", ""), happened(EventHappening, "1905-06-08", "", "A bridge opens in Dresden", ""), false},
		{"no day", happened(EventHappening, "1905", "", "A bridge opens", ""), happened(EventHappening, "1905", "", "A bridge opens", ""), false},
		{"two calendars, one day", happened(EventHappening, "1905-05-25", CalendarJulian, "A bridge opens in Dresden", ""), day("A bridge opens in Dresden", ""), true},
		{"two calendars, the same figures", happened(EventHappening, "1905-06-07", CalendarJulian, "A bridge opens in Dresden", ""), day("A bridge opens in Dresden", ""), true},
		{"holiday and observance", happened(EventHoliday, "XXXX-06-07", "", "Union Dissolution Day (Norway)", ""),
			happened(EventObservance, "XXXX-06-07", "", "Union Dissolution Day", ""), true},
		{"two days of one sort", happened(EventObservance, "XXXX-05-12", "", "International Nurses Day", ""), happened(EventObservance, "XXXX-05-12", "", "International Limerick Day", ""), false},
		{"two days in Spanish", happened(EventObservance, "XXXX-05-12", "", "Día Internacional de la Enfermería", ""), happened(EventObservance, "XXXX-05-12", "", "Día Internacional de los Árboles", ""), false},
		{"one day in two orders", happened(EventObservance, "XXXX-05-12", "", "International Nurses Day", ""), happened(EventHoliday, "XXXX-05-12", "", "Day of Nurses", ""), true},
		{"a holiday with a year", happened(EventHoliday, "XXXX-06-07", "", "Union Dissolution Day", ""), happened(EventHoliday, "1905-06-07", "", "Union Dissolution Day", ""), false},
		{"an interval by its first day", happened(EventHappening, "1905-06-07/1905-06-09", "", "Congress of Norland meets", ""), day("The Congress of Norland meets", ""), true},
		{"no sort is an event", happened("", "1905-06-07", "", "A bridge opens in Dresden", ""), day("A bridge opens in Dresden", ""), true},
	} {
		score := SameEvent(c.a, c.b)
		if score >= SameEventFrom != c.want {
			t.Errorf("%s: %.2f", c.name, score)
		}
		if other := SameEvent(c.b, c.a); other != score {
			t.Errorf("%s: %v one way, %v the other", c.name, score, other)
		}
	}
}

func TestSameEvents(t *testing.T) {
	day := func(title string) *HistoricalEvent { return happened(EventHappening, "1905-06-07", "", title, "") }
	// The second and the last have nothing in common but the third.
	other, bridge, both, treaty := day("Painters found a group"), day("Bridge opens Dresden"), day("Bridge opens Dresden; Treaty signed Vienna"), day("Treaty signed Vienna")
	julian := happened(EventHappening, "1905-05-25", CalendarJulian, "Painters found a group", "")
	if SameEvent(bridge, treaty) > 0 {
		t.Fatal("the test rests on events without a word in common")
	}
	for _, c := range []struct {
		name   string
		events []*HistoricalEvent
		want   [][]*HistoricalEvent
	}{
		{"none", nil, nil},
		{"one", []*HistoricalEvent{bridge}, nil},
		{"different ones", []*HistoricalEvent{bridge, treaty, other}, nil},
		{"through another, in any order", []*HistoricalEvent{other, bridge, treaty, both}, [][]*HistoricalEvent{{bridge, treaty, both}}},
		{"two groups", []*HistoricalEvent{other, bridge, julian, treaty, both}, [][]*HistoricalEvent{{other, julian}, {bridge, treaty, both}}},
		{"the others first", []*HistoricalEvent{both, julian, treaty, other, bridge}, [][]*HistoricalEvent{{both, treaty, bridge}, {julian, other}}},
	} {
		if got := SameEvents(c.events); !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v, want %v", c.name, titles(got), titles(c.want))
		}
	}
}

func titles(groups [][]*HistoricalEvent) (all [][]string) {
	for _, group := range groups {
		all = append(all, nil)
		for _, e := range group {
			all[len(all)-1] = append(all[len(all)-1], e.Title)
		}
	}
	return all
}

func FuzzSameEvent(f *testing.F) {
	f.Add("World War: a fleet sinks", "In the North Sea", "A fleet sinks", "EVENT")
	f.Add("孙中山", "ไทย", "İstanbul’s 1905", "BIRTH")
	f.Add(": ", "", "", "")
	f.Fuzz(func(t *testing.T, title, text, other, kind string) {
		a := happened(HistoricalEventKind(kind), "1905-06-07", "", title, text)
		b := happened(HistoricalEventKind(kind), "1905-06-07", "", other, "")
		ab, ba := SameEvent(a, b), SameEvent(b, a)
		if ab < 0 || ab > 1 || ab != ba {
			t.Errorf("%v and %v", ab, ba)
		}
	})
}
