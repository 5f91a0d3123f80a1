// Package demo is the demo newsroom: "The Fifteenth Meridian", an invented paper in three languages, with real historical
// events. It is what a new user sees first, in the JSON Lines form of [news.Record].
//
// The site lives in Europe/Berlin, whose clock changes twice a year, so "today" is never a fixed number of hours from UTC.
// Its almanac (almanac.jsonl) is a column of short notes, most of them on the day of an event in earlier years, so that the
// archive of many days has something; three look ahead to anniversaries from December 2026 on.
// Four articles are a draft, scheduled, retracted and unpublished; their own text says that nobody may see them.
package demo

import (
	"embed"
	"io"
	"io/fs"
)

// Files holds the records (*.jsonl) and the drawings (media/*.svg).
//
//go:embed *.jsonl media
var Files embed.FS

// sources are the files of records in the order in which they are loaded.
var sources = [...]string{"newsroom.jsonl", "almanac.jsonl", "events-1.jsonl", "events-2.jsonl"}

// Records reads all records, one JSON object a line, file after file. Each call starts again at the first.
func Records() io.Reader {
	var files []io.Reader
	for _, name := range sources {
		file, err := Files.Open(name)
		if err != nil {
			panic(err) // a file of that name was there when the program was built
		}
		files = append(files, file)
	}
	return io.MultiReader(files...)
}

// Media is what the site serves under /media/, without that prefix.
func Media() fs.FS {
	media, err := fs.Sub(Files, "media")
	if err != nil {
		panic(err) // "media" is a valid name
	}
	return media
}
