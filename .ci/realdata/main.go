// Command realdata turns public data sets into Dateline's JSON Lines, and makes WordPress exports of any size. Its test
// imports everything in ../shared/data and asks for it over HTTP.
//
//	go run ./.ci/realdata opensuse articles.jsonl.gz links.tsv | dateline import jsonl --db site.db -
//	go run ./.ci/realdata 18f articles.jsonl.gz links.tsv      | dateline import jsonl --db site.db -
//	go run ./.ci/realdata days events.jsonl.gz                 | dateline import jsonl --db site.db -
//	go run ./.ci/realdata conflicts conflicts-with-summaries.json.gz | dateline import jsonl --db site.db -
//	go run ./.ci/realdata wxr 1000                             | dateline import wxr --db site.db -    # 1,000 MB
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/dateline-cms/dateline/internal/importer"
	"github.com/dateline-cms/dateline/internal/news"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "realdata:", err)
		os.Exit(1)
	}
}

func run(args []string, out, notes io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<20)
	var r result
	var err error
	switch command := append(args, "")[0]; {
	case command == "wxr" && len(args) == 2:
		megabytes, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return errors.Join(writeExport(w, int64(megabytes)*1_000_000), w.Flush())
	case command == "opensuse" && len(args) == 3:
		r, err = convertArticles(openSUSE, args[1], args[2], w)
	case command == "18f" && len(args) == 3:
		r, err = convertArticles(eighteenF, args[1], args[2], w)
	case command == "days" && len(args) == 2:
		r, err = convertDays(args[1], w)
	case command == "conflicts" && len(args) == 2:
		err = reading(args[1], func(in io.Reader) (err error) {
			r, err = conflicts(in, w)
			return err
		})
	default:
		return errors.New("use: opensuse ARTICLES LINKS | 18f ARTICLES LINKS | days FILE | conflicts FILE | wxr MEGABYTES")
	}
	for _, reason := range r.rejected {
		fmt.Fprintln(notes, "rejected:", reason)
	}
	for _, note := range r.notes {
		fmt.Fprintln(notes, "note:", note)
	}
	fmt.Fprintf(notes, "%d records from %d entries, %d entries rejected\n", r.records, r.entries, len(r.rejected))
	return errors.Join(err, w.Flush())
}

// A result says what became of the entries of a source.
type result struct {
	entries  int      // in the source
	records  int      // written, for entries and for what they refer to
	rejected []string // entries that gave no record, each with the reason
	notes    []string // what was left out of entries
}

// reading opens a file, gzip or not, for the time of read.
func reading(name string, read func(io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	b := bufio.NewReaderSize(file, 1<<20)
	if magic, _ := b.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return read(b)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return err
	}
	return read(z)
}

// A writer writes records as JSON Lines.
type writer struct {
	io.Writer
	result
}

func (w *writer) record(r news.Record) error {
	line, err := importer.EncodeRecord(r)
	if err != nil {
		return err
	}
	w.records++
	_, err = w.Write(append(line, '\n'))
	return err
}
