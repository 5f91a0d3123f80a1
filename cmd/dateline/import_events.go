package main

import (
	"context"
	"strings"

	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
)

// kindFlag says what the events of a file are.
type kindFlag struct {
	Kind string `enum:",EVENT,BIRTH,DEATH,HOLIDAY,OBSERVANCE" default:"" placeholder:"KIND" help:"What the events are: EVENT, BIRTH, DEATH, HOLIDAY or OBSERVANCE, where the file does not say it."`
}

type dayListCommand struct {
	importFlags
	Kind string `enum:",EVENT,BIRTH,DEATH,HOLIDAY,OBSERVANCE" default:"" placeholder:"KIND" help:"Make all events of this kind: EVENT, BIRTH, DEATH, HOLIDAY or OBSERVANCE. Otherwise each list says it by its name: events, births, deaths."`
}

// Help is shown by --help.
func (dayListCommand) Help() string {
	return importHelp + ` docs/import.md describes the lines: one for each day of the year.

Years are text: 153 BC, AD 69, 1066, 1642 (OS). 44 BC is stored as the astronomical year -0043. Dates before 15 October 1582,
and those marked (OS), are Julian, all others Gregorian. An entry without a certain year is rejected, with the reason.

Example:

  dateline import daylist --db site.db events.jsonl.gz births.jsonl.gz`
}

// Run imports the files.
func (c *dayListCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, importer.DayList, importer.Options{Kind: news.HistoricalEventKind(c.Kind)})
}

type csvCommand struct {
	importFlags
	kindFlag
	Map      map[string]string `mapsep:"," placeholder:"FIELD=COLUMN,…" help:"The columns: ${csv_fields}. A field left out is in the column of its own name."`
	BC       string            `name:"bc" enum:",negated,astronomical" default:"" placeholder:"HOW" help:"What a negative year means: negated (-44 is 44 BC) or astronomical (-43 is). Without it, years before 1 are refused."`
	Calendar string            `enum:"gregorian,julian" default:"gregorian" help:"Calendar of the dates, where no column says it: gregorian or julian (${default})."`
	System   string            `default:"csv" placeholder:"NAME" help:"Name of where the rows come from, for refs that name no system (${default})."`
}

// Help is shown by --help.
func (csvCommand) Help() string {
	return importHelp + ` docs/import.md describes the columns.

The first row holds the names of the columns; comma, semicolon, tab or bar between them is found out. A date is EDTF, whose years
are astronomical (-0043 is 44 BC), or stands in columns for year, month and day. "44 BC" is understood in any case.

Example:

  dateline import csv --db site.db --map title=Headline,date=When --bc astronomical events.csv`
}

// Run imports the files.
func (c *csvCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, importer.CSV, importer.Options{
		Kind: news.HistoricalEventKind(c.Kind), Columns: c.Map, BC: importer.YearNumbering(c.BC),
		Calendar: news.CalendarModel(strings.ToUpper(c.Calendar)), System: c.System,
	})
}

type icalCommand struct {
	importFlags
	kindFlag
}

// Help is shown by --help.
func (icalCommand) Help() string {
	return importHelp + `

A VEVENT that recurs each year becomes an OBSERVANCE without a year, since a calendar begins somewhere; with --kind EVENT, BIRTH
or DEATH it is the anniversary of its DTSTART, whose year is kept. iCalendar has no years before our era.

Example:

  dateline import ical --db site.db --kind HOLIDAY holidays.ics`
}

// Run imports the files.
func (c *icalCommand) Run(ctx context.Context, std *streams) error {
	return c.run(ctx, std, importer.ICalendar, importer.Options{Kind: news.HistoricalEventKind(c.Kind)})
}
