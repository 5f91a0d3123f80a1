package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

type dateCommand struct {
	Calendar string   `enum:"gregorian,julian" default:"gregorian" help:"Calendar the dates are written in: gregorian or julian (${default})."`
	Locale   string   `default:"en" placeholder:"TAG" help:"Language of the readable text, such as de or pt-BR (${default})."`
	Dates    []string `arg:"" name:"edtf" help:"Dates to check; - reads one a line from standard input."`
}

// Help is shown by --help.
func (dateCommand) Help() string {
	return `Prints one line of JSON for each date: its canonical form, level of EDTF, precision, certainty, earliest and latest day (in
the Gregorian calendar; null when open) and text, or the error with its position, counted from 0. The exit code is 1 when
a date is not valid. Year numbers are astronomical: 0000 is 1 BC, -0043 is 44 BC. Put -- before a date that begins with a
minus sign, and options before the --.

Examples:

  dateline date '1850~' 1939-09/1945-09
  dateline date --calendar julian --locale de -- -0043-03-15
  cut -d, -f2 events.csv | dateline date -`
}

// Validate refuses values that are wrong before anything is done.
func (c *dateCommand) Validate() error {
	if err := (&news.Site{DefaultLocale: news.Locale(c.Locale)}).CheckSettings(); err != nil {
		return fmt.Errorf("--locale: %w", err)
	}
	return nil
}

// Run checks the dates in the order given.
func (c *dateCommand) Run(ctx context.Context, std *streams) error {
	out := json.NewEncoder(std.out)
	out.SetEscapeHTML(false)
	allValid := true
	check := func(input string) error {
		answer, isValid := c.check(input)
		allValid = allValid && isValid
		return out.Encode(answer)
	}
	for _, date := range c.Dates {
		err := error(nil)
		if date == "-" {
			err = eachLine(ctx, os.Stdin, check)
		} else {
			err = check(date)
		}
		if err != nil {
			return err
		}
	}
	if !allValid {
		return errReported
	}
	return nil
}

// validDate and invalidDate are the lines that are printed.
type validDate struct {
	Input     string             `json:"input"`
	Valid     bool               `json:"valid"`
	EDTF      news.EDTF          `json:"edtf"`
	Level     int                `json:"level"`
	Precision news.DatePrecision `json:"precision"`
	Certainty news.DateCertainty `json:"certainty"`
	Calendar  news.CalendarModel `json:"calendar"`
	Gregorian news.EDTF          `json:"gregorian"`
	Earliest  *string            `json:"earliest"`
	Latest    *string            `json:"latest"`
	Text      string             `json:"text"`
}

type invalidDate struct {
	Input string    `json:"input"`
	Valid bool      `json:"valid"`
	Error dateError `json:"error"`
}

type dateError struct {
	Position int      `json:"position"`
	Message  string   `json:"message"`
	Expected []string `json:"expected"`
}

// check is what to print about input.
func (c *dateCommand) check(input string) (answer any, isValid bool) {
	d, err := news.ParseHistoricalDate(input, news.CalendarModel(strings.ToUpper(c.Calendar)))
	if err != nil {
		answer := invalidDate{Input: input, Error: dateError{Message: err.Error()}}
		if wrong, ok := errors.AsType[*news.DateError](err); ok {
			answer.Error = dateError{wrong.Position, wrong.Message, wrong.Expected}
		}
		return answer, false
	}
	locale := news.Locale(c.Locale)
	return validDate{
		Input: input, Valid: true, EDTF: d.EDTF, Level: d.Level(), Precision: d.Precision, Certainty: d.Certainty,
		Calendar: d.Calendar, Gregorian: d.Gregorian, Earliest: isoDay(d.Earliest()), Latest: isoDay(d.Latest()),
		Text: d.Text(&locale, news.StyleLong),
	}, true
}

// isoDay is a Julian Day Number as a Gregorian day. Years are astronomical with four digits, or more with a sign.
func isoDay(number int64, ok bool) *string {
	if !ok {
		return nil
	}
	year, month, day := news.CalendarGregorian.DayOf(number)
	format := "%04d-%02d-%02d"
	if year < 0 || year > 9999 {
		format = "%+05d-%02d-%02d"
	}
	return new(fmt.Sprintf(format, year, month, day))
}

// maxLine is longer than any date.
const maxLine = 1 << 16

// eachLine calls do with every line, without its end and without the byte order mark that spreadsheets put first.
func eachLine(ctx context.Context, in io.Reader, do func(line string) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		line := lines.Text()
		if n++; n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(line); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("standard input, line %d: %w; give one date on each line", n+1, err)
	}
	return nil
}
