package news

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// Schedule is when an entry comes and goes. Zero instants are not set.
type Schedule struct {
	PublishAt    time.Time `json:"publishAt,omitzero"`    // zero: at once
	EmbargoUntil time.Time `json:"embargoUntil,omitzero"` // nobody may see it before
	ExpiresAt    time.Time `json:"expiresAt,omitzero"`    // nobody may see it from then on
}

// lateness is how old a wish to publish may be: requests travel, and clocks differ.
const lateness = time.Minute

// Check says what is wrong with a schedule that somebody asks for at now. The message begins with the field that must be
// put right.
func (s Schedule) Check(now time.Time) error {
	if !s.PublishAt.IsZero() && s.PublishAt.Before(now.Add(-lateness)) {
		return Invalidf("publishAt %s has passed (it is %s); leave it out to publish now", stamp(s.PublishAt), stamp(now))
	}
	start := s.PublishAt
	if start.Before(now) {
		start = now
	}
	if start.Before(s.EmbargoUntil) {
		return Invalidf("publishAt must not be before embargoUntil: it is %s, the embargo ends at %s; publish then or later, or change the embargo",
			stamp(start), stamp(s.EmbargoUntil))
	}
	if !s.ExpiresAt.IsZero() && !s.ExpiresAt.After(start) {
		return Invalidf("expiresAt must be after the publication: it is %s, published at %s; set a later one or leave it out",
			stamp(s.ExpiresAt), stamp(start))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ScheduleTime is a time as people in a newsroom give it: see [ScheduleTime.Instant].
type ScheduleTime string

// Instant is what the time stands for, in UTC and whole milliseconds. It is an RFC 3339 time ("2026-03-29T06:00:00+02:00"), or
// one by the clock on the wall: a day (YYYY-MM-DD, today or tomorrow, counted from now), a time of day (HH:MM or HH:MM:SS) and,
// where it is not the given one, an IANA zone, such as "tomorrow 06:00 Europe/Berlin". A time that the clocks leave out is an
// error that names the nearest ones. Of a time that comes twice, the first is taken: who means the second writes its offset.
func (s ScheduleTime) Instant(zone TimeZone, now time.Time) (time.Time, error) {
	text := strings.TrimSpace(string(s))
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC().Truncate(time.Millisecond), nil
	}
	day, clock, zone, err := splitTime(text, zone)
	if err != nil {
		return time.Time{}, err
	}
	loc, err := zone.Location()
	if err != nil {
		return time.Time{}, err
	}
	date, err := dayNamed(day, DateOf(now.In(loc)))
	if err != nil {
		return time.Time{}, err
	}
	of, err := parseClock(clock)
	if err != nil {
		return time.Time{}, err
	}
	return onWall(date, of, loc)
}

// splitTime finds the day, the time of day and the zone, which is the given one where the text names none.
func splitTime(text string, given TimeZone) (day, clock string, zone TimeZone, err error) {
	parts := strings.Fields(text)
	if len(parts) > 0 {
		if d, c, ok := strings.Cut(parts[0], "T"); ok && len(d) == len(time.DateOnly) {
			parts = append([]string{d, c}, parts[1:]...)
		}
	}
	zone = given
	if len(parts) == 3 {
		zone = TimeZone(parts[2])
	}
	if len(parts) != 2 && len(parts) != 3 {
		return "", "", "", Invalidf("%q is no time; write 2026-03-29T06:00:00+02:00, or a day, a time and a zone as in 2026-03-29 06:00 Europe/Berlin", excerpt(text))
	}
	return parts[0], parts[1], zone, nil
}

func excerpt(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// dayNamed reads a day, as said on another.
func dayNamed(word string, today Date) (Date, error) {
	switch strings.ToLower(word) {
	case "today":
		return today, nil
	case "tomorrow":
		return DateOf(time.Date(today.Year, time.Month(today.Month), today.Day+1, 0, 0, 0, 0, time.UTC)), nil
	}
	d, err := ParseDate(word)
	if err != nil {
		return Date{}, Invalidf("%q is not a day; write it as YYYY-MM-DD, or say today or tomorrow", excerpt(word))
	}
	return d, nil
}

// parseClock reads a time of day as the duration since 00:00.
func parseClock(text string) (time.Duration, error) {
	for _, layout := range []string{"15:04", time.TimeOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second +
				time.Duration(t.Nanosecond()).Truncate(time.Millisecond), nil
		}
	}
	if text == "24:00" || text == "24:00:00" {
		return 0, Invalidf("24:00 is not a time; write 00:00 of the next day")
	}
	return 0, Invalidf("%q is not a time of day; write it as HH:MM, from 00:00 to 23:59", excerpt(text))
}

// reach is more than any zone was ever ahead of or behind UTC.
const reach = 36 * time.Hour

// onWall finds the first instant at which walls in loc show the time: one that has an offset of that time's neighbourhood.
// (Time.ZoneBounds would be the shorter way, but in Go 1.26 it misplaces the end of leap years after the zone's last listed
// change.)
func onWall(day Date, clock time.Duration, loc *time.Location) (time.Time, error) {
	wall := time.Date(day.Year, time.Month(day.Month), day.Day, 0, 0, 0, 0, time.UTC).Add(clock) // as if the place had UTC
	var found []time.Time
	for _, o := range offsets(wall, loc) {
		if at := wall.Add(-o); offset(at, loc) == o {
			found = append(found, at)
		}
	}
	if len(found) == 0 {
		return time.Time{}, missing(wall, loc)
	}
	return slices.MinFunc(found, time.Time.Compare), nil
}

// offsets are those that loc has around an instant, each once.
func offsets(around time.Time, loc *time.Location) (all []time.Duration) {
	for at := around.Add(-reach); !at.After(around.Add(reach)); at = at.Add(time.Hour) {
		if o := offset(at, loc); !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

func offset(at time.Time, loc *time.Location) time.Duration {
	_, seconds := at.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// missing names the times around the gap that the wall clock leaps over.
func missing(wall time.Time, loc *time.Location) error {
	around := offsets(wall, loc)
	from := wall.Add(-slices.Max(around)).Truncate(time.Second)
	n := sort.Search(int((2 * reach).Seconds()), func(i int) bool {
		at := from.Add(time.Duration(i) * time.Second)
		return at.Add(offset(at, loc)).After(wall)
	})
	leap := from.Add(time.Duration(n) * time.Second)
	before, after := leap.Add(offset(leap.Add(-time.Second), loc)), leap.Add(offset(leap, loc))
	const minute = "2006-01-02 15:04"
	shown := minute
	if wall.Second() != 0 {
		shown = time.DateTime
	}
	return Invalidf("%s does not exist in %s: the clocks go from %s on to %s; the nearest times are %s and %s",
		wall.Format(shown), loc, before.Format(minute), after.Format(minute), before.Add(-time.Minute).Format(minute), after.Format(minute))
}
