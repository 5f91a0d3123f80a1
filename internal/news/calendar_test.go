package news_test

import (
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

func TestDayNumberOfPublishedDays(t *testing.T) {
	for _, tt := range []struct {
		what      string
		julian    [3]int
		gregorian [3]int
		number    int64
	}{
		{what: "start of the Julian period", julian: [3]int{-4712, 1, 1}, gregorian: [3]int{-4713, 11, 24}, number: 0},
		{what: "Ides of March", julian: [3]int{-43, 3, 15}, gregorian: [3]int{-43, 3, 13}, number: 1705426},
		{what: "1 March AD 1", julian: [3]int{1, 3, 1}, gregorian: [3]int{1, 2, 27}, number: 1721483},
		{what: "the calendars agree in the third century", julian: [3]int{250, 6, 1}, gregorian: [3]int{250, 6, 1}, number: 1812522},
		{what: "battle of Hastings", julian: [3]int{1066, 10, 14}, gregorian: [3]int{1066, 10, 20}, number: 2110701},
		{what: "Gregorian reform", julian: [3]int{1582, 10, 5}, gregorian: [3]int{1582, 10, 15}, number: 2299161},
		{what: "birth of George Washington", julian: [3]int{1732, 2, 11}, gregorian: [3]int{1732, 2, 22}, number: 2353712},
		{what: "British reform", julian: [3]int{1752, 9, 3}, gregorian: [3]int{1752, 9, 14}, number: 2361222},
		{what: "a leap day in one of them", julian: [3]int{1900, 2, 29}, gregorian: [3]int{1900, 3, 13}, number: 2415092},
		{what: "October Revolution", julian: [3]int{1917, 10, 25}, gregorian: [3]int{1917, 11, 7}, number: 2421540},
		{what: "Greek reform", julian: [3]int{1923, 2, 16}, gregorian: [3]int{1923, 3, 1}, number: 2423480},
		{what: "epoch J2000", julian: [3]int{1999, 12, 19}, gregorian: [3]int{2000, 1, 1}, number: 2451545},
	} {
		for calendar, day := range map[news.CalendarModel][3]int{
			news.CalendarJulian: tt.julian, news.CalendarGregorian: tt.gregorian,
		} {
			if n := calendar.DayNumber(day[0], day[1], day[2]); n != tt.number {
				t.Errorf("%s: %s %v is day %d, want %d", tt.what, calendar, day, n, tt.number)
			}
			y, m, d := calendar.DayOf(tt.number)
			if [3]int{y, m, d} != day {
				t.Errorf("%s: day %d is %s %v, want %v", tt.what, tt.number, calendar, [3]int{y, m, d}, day)
			}
		}
	}
}

// The Gregorian side is checked against package time, the Julian one against counting with its only rule.
func TestEveryDayOfBothCalendars(t *testing.T) {
	julian := [3]int{-4712, 1, 1}
	gregorian := time.Date(-4713, 11, 24, 12, 0, 0, 0, time.UTC)
	end := news.CalendarGregorian.DayNumber(3000, 12, 31)
	for n := int64(0); n <= end; n++ {
		y, m, d := news.CalendarJulian.DayOf(n)
		if [3]int{y, m, d} != julian || news.CalendarJulian.DayNumber(y, m, d) != n {
			t.Fatalf("day %d: Julian %d-%d-%d, want %v", n, y, m, d, julian)
		}
		gy, gm, gd := news.CalendarGregorian.DayOf(n)
		wantY, wantM, wantD := gregorian.Date()
		if gy != wantY || gm != int(wantM) || gd != wantD || news.CalendarGregorian.DayNumber(gy, gm, gd) != n {
			t.Fatalf("day %d: Gregorian %d-%d-%d, want %v", n, gy, gm, gd, gregorian)
		}
		julian = dayAfter(julian)
		gregorian = gregorian.AddDate(0, 0, 1)
	}
}

func dayAfter(day [3]int) [3]int {
	lengths := [...]int{1: 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if day[0]%4 == 0 {
		lengths[2] = 29
	}
	day[2]++
	if day[2] > lengths[day[1]] {
		day[1], day[2] = day[1]+1, 1
	}
	if day[1] > 12 {
		day[0], day[1] = day[0]+1, 1
	}
	return day
}

func TestDaysFarAway(t *testing.T) {
	for _, calendar := range []news.CalendarModel{news.CalendarGregorian, news.CalendarJulian} {
		for _, year := range []int{-2_000_000_000, -170_000_000, -10_000, -9_999, 9_999, 10_000, 170_000_002, 2_000_000_000} {
			for _, day := range [][2]int{{1, 1}, {2, 28}, {3, 1}, {12, 31}} {
				n := calendar.DayNumber(year, day[0], day[1])
				y, m, d := calendar.DayOf(n)
				if y != year || m != day[0] || d != day[1] {
					t.Errorf("%s %d-%v comes back as %d-%d-%d", calendar, year, day, y, m, d)
				}
			}
			if days := calendar.DayNumber(year+1, 1, 1) - calendar.DayNumber(year, 1, 1); days != 365 != calendar.IsLeap(year) {
				t.Errorf("%s %d has %d days, leap year: %t", calendar, year, days, calendar.IsLeap(year))
			}
		}
	}
}
