package explorer

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

//go:embed queries
var queries embed.FS

// Query is one of the ready queries that the page opens with.
type Query struct {
	// Name is the title of its tab, such as "Front page".
	Name string
	// Document starts with a comment that says what it shows.
	Document string
	// Operation names the first operation of the document, which writes nothing and needs no key.
	Operation string
	// Variables fit the demo newsroom, except a "path": the page fills in that of the newest article, and whoever runs the
	// document elsewhere must do the same. A page for another site also puts a word of that article's title in "query".
	Variables map[string]any
}

// Queries gives the ready queries in the order of their tabs, which is that of the file names. The caller may change what it
// gets.
func Queries() []Query {
	files, err := queries.ReadDir("queries")
	if err != nil {
		panic(err) // embedded: cannot be missing
	}
	var list []Query
	for _, file := range files {
		if stem, ok := strings.CutSuffix(file.Name(), ".graphql"); ok {
			list = append(list, readQuery(stem))
		}
	}
	return list
}

// readQuery panics on a broken file: the files are part of the program and tested with it.
func readQuery(stem string) Query {
	document, err := queries.ReadFile(path.Join("queries", stem+".graphql"))
	if err != nil {
		panic(err)
	}
	variables, err := queries.ReadFile(path.Join("queries", stem+".json"))
	if err != nil {
		panic(err)
	}
	q := Query{Name: title(stem), Document: string(document), Operation: operation(stem)}
	if err := json.Unmarshal(variables, &q.Variables); err != nil {
		panic(fmt.Errorf("queries/%s.json: %w", stem, err))
	}
	return q
}

// title turns "front-page" into "Front page".
func title(stem string) string {
	words := strings.ReplaceAll(stem, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// operation turns "front-page" into "FrontPage".
func operation(stem string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(stem, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
