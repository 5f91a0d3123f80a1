// Package internal holds no code; its test keeps the import rules of DESIGN.md.
package internal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/dateline-cms/dateline"

// core is what jobs may import of ours.
var core = []string{"internal/analysis", "internal/journal", "internal/markup", "internal/news", "internal/store"}

// mayImport says of each package of ours, by its path below the module, which others of ours it may import.
// A package that is not in this list yet breaks the rules, so that somebody decides.
var mayImport = map[string][]string{
	"": {},
	"cmd/dateline": {"internal/access", "internal/cache", "internal/curator", "internal/demo", "internal/engine", "internal/engine/rqlite", "internal/engine/sqlite", "internal/feed", "internal/importer",
		"internal/journal", "internal/media", "internal/news", "internal/relate", "internal/server", "internal/store", "internal/webhook"},
	"graph":           {"graph/generated", "graph/input", "internal/access", "internal/journal", "internal/markup", "internal/media", "internal/news", "internal/store"},
	"graph/generated": {"graph/input", "internal/news"},
	"graph/input":     {"internal/news"},

	"internal/news":              {},
	"internal/analysis":          {},
	"internal/markup":            {},
	"internal/engine":            {},
	"internal/engine/enginetest": {"internal/engine"},
	"internal/engine/sqlite":     {"internal/engine"},
	"internal/engine/rqlite":     {"internal/engine"},
	"internal/store":             {"internal/analysis", "internal/engine", "internal/markup", "internal/news", "internal/relate"},
	"internal/journal":           {"internal/news", "internal/store"},

	"internal/importer": {"internal/markup", "internal/news"},
	"internal/media":    {"internal/news"},
	"internal/relate":   {"internal/analysis", "internal/markup", "internal/news"},
	"internal/curator":  append([]string{"internal/relate"}, core...),
	"internal/feed":     core,
	"internal/cache":    core,
	"internal/webhook":  core,
	"internal/access":   core,

	"internal/explorer": {},
	"internal/demo":     {},
	"internal/bench":    {"internal/news"},
	"internal/server": {"", "graph", "internal/access", "internal/cache", "internal/explorer", "internal/feed", "internal/journal",
		"internal/media", "internal/news", "internal/store", "internal/webhook"},
}

// only says which packages, or files of them, may import a module from elsewhere; a name covers what lies below it, too.
var only = map[string][]string{
	"database/sql":                        {"internal/engine/sqlite"},
	"github.com/mattn/go-sqlite3":         {"internal/engine/sqlite"},
	"github.com/99designs/gqlgen":         {"graph"},
	"github.com/vektah/gqlparser":         {"graph"},
	"github.com/graph-gophers/dataloader": {"graph"},
	"log":                                 {"cmd", "internal/server", "internal/journal", "internal/curator", "internal/feed", "internal/cache", "internal/webhook", "graph/resolver.go", "graph/error.go"},
	"net/http":                            {"cmd", "graph", "internal/access", "internal/cache", "internal/engine/rqlite", "internal/explorer", "internal/feed", "internal/media", "internal/server", "internal/webhook"},
	"github.com/alecthomas/kong":          {"cmd"},
	"github.com/schollz/progressbar":      {"cmd"},
	"github.com/microcosm-cc/bluemonday":  {"internal/markup"},
	"github.com/go-json-experiment/json":  {"internal/importer"},
	"github.com/go-jose/go-jose":          {"internal/access"},
	"github.com/aws/aws-sdk-go-v2":        {"internal/media"},
	"golang.org/x/image":                  {"internal/media"},
	"github.com/klauspost/compress":       {"internal/store"},
	"github.com/blevesearch/snowballstem": {"internal/analysis"},
	"github.com/chromedp/chromedp":        {}, // tests only
}

// sqlText is where statements may stand.
var sqlText = []string{"internal/store", "internal/engine"}

var beginsLikeSQL = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|PRAGMA)\s`)

// A source is a file that is no test, by its path below the module.
type source struct {
	name    string
	imports []string
	texts   []string // its string literals
}

func (s source) pkg() string {
	if dir := path.Dir(s.name); dir != "." {
		return dir
	}
	return ""
}

// breaches says what in a file is against the rules.
func (s source) breaches() (all []string) {
	found := func(format string, args ...any) { all = append(all, s.name+" "+fmt.Sprintf(format, args...)) }
	allowed, known := mayImport[s.pkg()]
	if !known {
		found("is of a package without a rule: say in mayImport what it may import")
	}
	for _, imported := range s.imports {
		if ours, ok := below(imported, module); ok {
			if known && !slices.Contains(allowed, ours) {
				found("must not import %q of ours", ours)
			}
			continue
		}
		for restricted, places := range only {
			if _, ok := below(imported, restricted); ok && !s.in(places) {
				found("must not import %s", imported)
			}
		}
	}
	for _, text := range s.texts {
		if beginsLikeSQL.MatchString(text) && !s.in(sqlText) {
			found("holds SQL: %.40q", text)
		}
	}
	return all
}

func (s source) in(places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool { _, ok := below(s.name, place); return ok })
}

// below cuts the parent from a path; ok is false when the path is not below it.
func below(name, parent string) (rest string, ok bool) {
	if name == parent {
		return "", true
	}
	return strings.CutPrefix(name, parent+"/")
}

func TestImports(t *testing.T) {
	sources := ours(t)
	seen := map[string]bool{}
	for _, s := range sources {
		seen[s.pkg()] = true
		for _, breach := range s.breaches() {
			t.Error(breach)
		}
	}
	for _, must := range []string{"cmd/dateline", "graph", "internal/news", "internal/engine/sqlite", "internal/store", "internal/server"} {
		if !seen[must] {
			t.Errorf("%s was not looked at", must)
		}
	}
	if t.Logf("%d files in %d packages", len(sources), len(seen)); len(sources) < 50 {
		t.Errorf("only %d files were looked at", len(sources))
	}
}

// TestImportsAreRefused breaks each rule.
func TestImportsAreRefused(t *testing.T) {
	for _, s := range []source{
		{name: "internal/news/x.go", imports: []string{module + "/internal/markup"}},
		{name: "internal/news/x.go", imports: []string{"net/http"}},
		{name: "internal/news/x.go", imports: []string{"database/sql"}},
		{name: "internal/news/x.go", imports: []string{"github.com/99designs/gqlgen/graphql"}},
		{name: "internal/markup/x.go", imports: []string{module + "/internal/news"}},
		{name: "internal/engine/x.go", imports: []string{module + "/internal/news"}},
		{name: "internal/engine/sqlite/x.go", imports: []string{module + "/internal/store"}},
		{name: "internal/store/x.go", imports: []string{module + "/internal/engine/sqlite"}},
		{name: "internal/store/x.go", imports: []string{module + "/graph"}},
		{name: "internal/store/x.go", imports: []string{"log/slog"}},
		{name: "internal/store/x.go", imports: []string{"github.com/mattn/go-sqlite3"}},
		{name: "graph/article.go", imports: []string{module + "/internal/engine"}},
		{name: "graph/article.go", imports: []string{module + "/internal/server"}},
		{name: "graph/article.go", imports: []string{"log/slog"}},
		{name: "internal/feed/x.go", imports: []string{module + "/internal/cache"}},
		{name: "internal/feed/x.go", imports: []string{module + "/graph"}},
		{name: "internal/importer/x.go", imports: []string{module + "/internal/store"}},
		{name: "internal/demo/x.go", imports: []string{module + "/internal/server"}},
		{name: "internal/server/x.go", imports: []string{module + "/internal/engine/sqlite"}},
		{name: "internal/server/x.go", imports: []string{"github.com/vektah/gqlparser/v2/ast"}},
		{name: "internal/explorer/x.go", imports: []string{"github.com/graph-gophers/dataloader/v7"}},
		{name: "cmd/dateline/x.go", imports: []string{module + "/graph"}},
		{name: "schema.go", imports: []string{module + "/internal/news"}},
		{name: "internal/unheard/x.go"},
		{name: "cmd/dateline/x.go", texts: []string{"SELECT 1"}},
		{name: "graph/article.go", texts: []string{"\n\tUPDATE articles SET title = ''"}},
	} {
		if got := s.breaches(); len(got) != 1 {
			t.Errorf("%+v: %d breaches were found, want 1: %q", s, len(got), got)
		}
	}
	for _, s := range []source{
		{name: "cmd/dateline/x.go", imports: []string{module + "/internal/server", "log/slog", "net/http"}},
		{name: "graph/error.go", imports: []string{"log/slog", module + "/internal/store", "github.com/graph-gophers/dataloader/v7"}},
		{name: "internal/store/x.go", imports: []string{module + "/internal/engine", "logistics.example/log"}, texts: []string{"SELECT 1"}},
		{name: "graph/article.go", texts: []string{"Select the first", "UPDATED", "WITHOUT a word"}},
	} {
		if got := s.breaches(); len(got) != 0 {
			t.Errorf("%+v: %q", s, got)
		}
	}
}

// TestRulesAgree reads the rules themselves: nobody may be allowed what belongs to one package.
func TestRulesAgree(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(mayImport)) {
		if name == "cmd/dateline" {
			continue // it wires
		}
		allowed := mayImport[name]
		if slices.Contains(allowed, "internal/server") || name != "internal/server" && slices.Contains(allowed, "graph") {
			t.Errorf("%s may import server or graph", name)
		}
		if slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(a, "internal/engine/") }) {
			t.Errorf("%s names an engine", name)
		}
	}
}

// ours are all files of the module that are no tests, for the tags that the program is built with.
func ours(t *testing.T) (sources []source) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-tags", "sqlite_fts5", "-json=ImportPath,Dir,GoFiles,CgoFiles,IgnoredGoFiles", "./...")
	list.Dir = ".."
	var problem bytes.Buffer
	list.Stderr = &problem
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, problem.String())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir                   string
			GoFiles, CgoFiles, IgnoredGoFiles []string
		}
		if err := d.Decode(&p); err == io.EOF {
			return sources
		} else if err != nil {
			t.Fatal(err)
		}
		dir, _ := below(p.ImportPath, module)
		if strings.Contains(p.ImportPath, "/node_modules/") {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles) {
			if !strings.HasSuffix(name, "_test.go") {
				sources = append(sources, parse(t, filepath.Join(p.Dir, name), path.Join(dir, name)))
			}
		}
	}
}

func parse(t *testing.T, file, name string) source {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	s := source{name: name}
	paths := map[*ast.BasicLit]bool{}
	for _, i := range tree.Imports {
		paths[i.Path] = true
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		s.imports = append(s.imports, imported)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && !paths[literal] {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				s.texts = append(s.texts, text)
			}
		}
		return true
	})
	return s
}
