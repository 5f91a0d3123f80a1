package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// TestMain lets the test's own program be Dateline, so that tests can start it as a user does.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") == "1" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// A result is what a finished run of the program left behind.
type result struct {
	code     int
	out, err string
}

// dateline runs the program in this process. Tests work in a folder of their own.
func dateline(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(args, &out, &errs)
	return result{code, out.String(), errs.String()}
}

// inFolder makes a folder the working one, with these files in it.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		write(t, name, text)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inspect opens a database as the program does.
func inspect(t *testing.T, name string, look func(context.Context, *store.Store)) {
	t.Helper()
	db, err := sqlite.Open(name, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	look(t.Context(), s)
}

func position(t *testing.T, name string) (seq int64) {
	t.Helper()
	inspect(t, name, func(ctx context.Context, s *store.Store) {
		var err error
		if seq, err = s.Position(ctx); err != nil {
			t.Fatal(err)
		}
	})
	return seq
}

func site(t *testing.T, name string) (found *news.Site) {
	t.Helper()
	inspect(t, name, func(ctx context.Context, s *store.Store) {
		var err error
		if found, err = s.Site(ctx); err != nil {
			t.Fatal(err)
		}
	})
	return found
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// A process is the program, started.
type process struct {
	*exec.Cmd
	t     *testing.T
	errs  bytes.Buffer
	out   *bufio.Reader
	url   string
	ended bool
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append(os.Environ(), "BE_THE_PROGRAM=1")
	return c
}

// serve starts a server on a free port and waits until it says where it is.
func serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: command(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...), t: t}
	p.Stderr = &p.errs
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			p.Process.Kill()
			p.Wait()
		}
	})
	p.out = bufio.NewReader(out)
	line, err := p.out.ReadString('\n')
	_, p.url, _ = strings.Cut(strings.TrimSpace(line), " at ")
	if err != nil || !strings.HasPrefix(p.url, "http://127.0.0.1:") {
		p.Wait()
		p.ended = true
		t.Fatalf("serve said %q (%v), and on stderr %s", line, err, p.errs.String())
	}
	return p
}

// stop ends the server as a service manager does.
func (p *process) stop() {
	p.t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	p.wait(0)
}

func (p *process) wait(code int) {
	p.t.Helper()
	rest, _ := io.ReadAll(p.out)
	err := p.Wait()
	p.ended = true
	if got := p.ProcessState.ExitCode(); got != code {
		p.t.Errorf("the exit code is %d (%v), want %d; stdout %q, stderr %s", got, err, code, rest, p.errs.String())
	}
}

// ask sends a query and returns its data; errors fail the test.
func ask(t *testing.T, url, query string, header ...string) (answer struct {
	Data       map[string]json.RawMessage
	Errors     []struct{ Message string }
	Extensions map[string]json.RawMessage
}) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Errors) > 0 {
		t.Fatalf("%s: %v", query, answer.Errors)
	}
	return answer
}

func TestHelpOfEveryCommand(t *testing.T) {
	for _, c := range []struct {
		command string
		example string
	}{
		{"serve", "dateline serve --db site.db"},
		{"import wxr", "dateline import wxr --db site.db"},
		{"import jsonl", "dateline import jsonl --db site.db"},
		{"import onthisday", "dateline import onthisday --db site.db"},
	} {
		r := dateline(t, append(strings.Fields(c.command), "--help")...)
		if r.code != 0 || r.err != "" || !strings.Contains(r.out, "Example:\n") || !strings.Contains(r.out, c.example) ||
			!strings.Contains(r.out, "--db=FILE") || !strings.Contains(r.out, "DATELINE_DB") {
			t.Errorf("%s --help: code %d, stderr %q, stdout:\n%s", c.command, r.code, r.err, r.out)
		}
		if r := dateline(t, "--help"); r.code != 0 || !strings.Contains(r.out, "\n  "+c.command+" ") {
			t.Errorf("dateline --help does not list %s: code %d\n%s", c.command, r.code, r.out)
		}
		example, _, _ := strings.Cut(r.out[strings.Index(r.out, c.example):], "\n")
		if r := dateline(t, append(strings.Fields(example)[1:], "--help")...); r.code != 0 {
			t.Errorf("the example %q does not parse: %s", example, r.err)
		}
	}
}

// TestEveryCommandHasAnExample looks at the commands that help lists, so that a new one is seen.
func TestEveryCommandHasAnExample(t *testing.T) {
	_, list, _ := strings.Cut(dateline(t, "--help").out, "\nCommands:\n")
	commands := 0
	for line := range strings.Lines(list) {
		if !strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "   ") {
			continue // a description
		}
		var command []string
		for word := range strings.FieldsSeq(line) {
			if strings.ContainsAny(word, "<[.") {
				break
			}
			command = append(command, word)
		}
		commands++
		if r := dateline(t, append(command, "--help")...); r.code != 0 || !strings.Contains(r.out, "Example") {
			t.Errorf("%v --help shows no example: code %d\n%s%s", command, r.code, r.out, r.err)
		}
	}
	if commands < 4 {
		t.Errorf("help lists %d commands:\n%s", commands, list)
	}
}

const article = `{"type":"article","ref":"test:a1","title":"The first article","body":"<p>It has some words.</p>","publishedAt":"2026-03-09T12:00:00Z"}` + "\n"

// TestMistakes makes every mistake a user can make: one line says what is wrong and what to do.
func TestMistakes(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article, "text.db": "This is a letter to the editor, and not a database at all.\n"})
	if err := os.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want []string
	}{
		{"", 2, []string{`"serve"`, `"import"`, "dateline --help"}},
		{"publish", 2, []string{"publish", "dateline --help"}},
		{"serve --nope", 2, []string{"--nope", "dateline serve --help"}},
		{"serve --max-body many", 2, []string{"--max-body", `"many"`}},
		{"serve --max-body 0", 2, []string{"--max-body", "at least 1"}},
		{"serve --max-depth=-1", 2, []string{"--max-depth", "at least 1"}},
		{"serve --log-level loud", 2, []string{"--log-level", `"loud"`, "debug"}},
		{"serve --addr foo", 2, []string{"--addr", `"foo"`, "host:port"}},
		{"serve --addr 127.0.0.1:99999", 2, []string{"--addr", "99999", "host:port"}},
		{"serve --time-zone Mars/Olympus", 2, []string{"Mars/Olympus", "Europe/Berlin"}},
		{"serve --locale !!", 2, []string{"!!", "pt-BR"}},
		{"serve --base-url news.example", 2, []string{"news.example", "https://"}},
		{"serve --base-url https://news.example/?q=1", 2, []string{"news.example", "https://"}},
		{"serve --db folder", 1, []string{"folder", "directory"}},
		{"serve --db text.db", 1, []string{"text.db", "not an SQLite database"}},
		{"serve --db none/site.db", 1, []string{"none/site.db", "folder exists"}},
		{"import", 2, []string{`"wxr"`, `"jsonl"`, `"onthisday"`, "dateline import --help"}},
		{"import wxr", 2, []string{"<file>", "dateline import wxr --help"}},
		{"import wxr --day 02-06 a.xml", 2, []string{"--day"}},
		{"import onthisday --day 13-40 a.json", 2, []string{"--day", "13-40", "MM-DD"}},
		{"import onthisday --locale !! a.json", 2, []string{"!!", "pt-BR"}},
		{"import jsonl --time-zone Mars/Olympus a.jsonl", 2, []string{"Mars/Olympus", "Europe/Berlin"}},
		{"import wxr --base-url nowhere a.xml", 2, []string{"nowhere", "https://"}},
		{"import jsonl --db new.db none.jsonl", 1, []string{"none.jsonl", "check the name"}},
		{"import jsonl --db new.db folder", 1, []string{"folder is a folder"}},
		{"import jsonl --db new.db --report none/r.json a.jsonl", 1, []string{"none/r.json", "--report"}},
		{"import jsonl --db text.db a.jsonl", 1, []string{"text.db", "not an SQLite database"}},
		{"import jsonl --db text.db --dry-run a.jsonl", 1, []string{"text.db", "not an SQLite database"}},
		{"import onthisday --db made.db a.jsonl", 1, []string{"a.jsonl", "selected, events"}},
		{"import wxr --db made.db a.jsonl", 1, []string{"a.jsonl", "WordPress export"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := strings.Fields(c.args)
			if c.code == 1 && args[0] == "serve" {
				args = append(args, "--addr", "127.0.0.1:0")
			}
			r := dateline(t, args...)
			wantMistake(t, r, c.code, c.want)
		})
	}
	for _, name := range []string{"new.db", "dateline.db"} {
		if exists(name) {
			t.Errorf("%s was made although the command was wrong", name)
		}
	}
}

func wantMistake(t *testing.T, r result, code int, want []string) {
	t.Helper()
	if r.code != code {
		t.Errorf("the exit code is %d, want %d", r.code, code)
	}
	if strings.Count(r.err, "\n") != 1 || !strings.HasPrefix(r.err, "dateline: ") || strings.Contains(r.err, "goroutine ") {
		t.Errorf("stderr is not one line of ours: %q", r.err)
	}
	for _, part := range want {
		if !strings.Contains(r.err, part) {
			t.Errorf("%q does not say %q", r.err, part)
		}
	}
}

func TestUsedPort(t *testing.T) {
	inFolder(t, nil)
	first := serve(t, "--db", "a.db")
	r := dateline(t, "serve", "--db", "b.db", "--addr", strings.TrimPrefix(first.url, "http://"))
	wantMistake(t, r, 1, []string{"in use", "--addr"})
	if exists("b.db") {
		t.Error("a database was made although the port was taken")
	}
	first.stop()
}

func TestForeignAndNewerDatabase(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article})
	for name, sql := range map[string]string{
		"newer.db":   `INSERT INTO migrations (number, name, sha256, applied_at) VALUES (9999, '9999_later.sql', '', 0)`,
		"changed.db": `UPDATE migrations SET sha256 = 'other'`,
	} {
		if r := dateline(t, "import", "jsonl", "--db", name, "a.jsonl"); r.code != 0 {
			t.Fatal(r)
		}
		alter(t, name, sql)
	}
	alter(t, "foreign.db", `CREATE TABLE contacts (name TEXT) STRICT`)
	for name, want := range map[string][]string{
		"newer.db":   {"newer.db", "newer", "use a newer program"},
		"changed.db": {"changed.db", "was changed"},
		"foreign.db": {"foreign.db", "not made by dateline", "choose another file"},
	} {
		wantMistake(t, dateline(t, "serve", "--addr", "127.0.0.1:0", "--db", name), 1, want)
		wantMistake(t, dateline(t, "import", "jsonl", "--db", name, "a.jsonl"), 1, want)
		wantMistake(t, dateline(t, "import", "jsonl", "--dry-run", "--db", name, "a.jsonl"), 1, want)
	}
}

func TestFolderThatMayNotBeWritten(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article})
	folder, err := os.MkdirTemp("", "dateline-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	c := command(t, "import", "jsonl", "--db", filepath.Join(folder, "site.db"), "-")
	c.Stdin = strings.NewReader(article)
	c.Dir = folder
	if os.Geteuid() == 0 { // the administrator may write everywhere
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		c.Path = publicCopy(t, c.Path)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	err = c.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		t.Fatalf("the program did not run to its end: %v", err)
	}
	wantMistake(t, result{c.ProcessState.ExitCode(), "", errs.String()}, 1, []string{"site.db", "may read and write"})
}

// publicCopy is a copy of a program that every user may start.
func publicCopy(t *testing.T, program string) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "dateline-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	name := filepath.Join(folder, "dateline")
	if err := errors.Join(os.Chmod(folder, 0o755), os.WriteFile(name, []byte(read(t, program)), 0o755)); err != nil {
		t.Fatal(err)
	}
	return name
}

// alter changes a database behind the program's back.
func alter(t *testing.T, name, sql string) {
	t.Helper()
	db, err := sqlite.Open(name, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Write(t.Context(), "", []engine.Step{{SQL: sql}}), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestEnvironment sets each flag of each command in the environment: a wrong value is refused by its name, which shows
// that it was read.
func TestEnvironment(t *testing.T) {
	inFolder(t, map[string]string{"a.jsonl": article})
	for variable, c := range map[string]struct{ value, args, want string }{
		"DATELINE_DB":               {"none/x.db", "serve --addr 127.0.0.1:0", "none/x.db"},
		"DATELINE_BASE_URL":         {"nowhere", "serve", "nowhere"},
		"DATELINE_TIME_ZONE":        {"Mars/Olympus", "serve", "Mars/Olympus"},
		"DATELINE_LOCALE":           {"!!", "import jsonl a.jsonl", "!!"},
		"DATELINE_ADDR":             {"nowhere", "serve", "nowhere"},
		"DATELINE_DEMO":             {"perhaps", "serve", "DATELINE_DEMO"},
		"DATELINE_EXPLAIN":          {"perhaps", "serve", "DATELINE_EXPLAIN"},
		"DATELINE_LOG_LEVEL":        {"loud", "serve", "loud"},
		"DATELINE_MEDIA":            {"nowhere", "serve --addr 127.0.0.1:0", "nowhere"},
		"DATELINE_MAX_BODY":         {"many", "serve", "DATELINE_MAX_BODY"},
		"DATELINE_MAX_DEPTH":        {"many", "serve", "DATELINE_MAX_DEPTH"},
		"DATELINE_MAX_COST":         {"many", "serve", "DATELINE_MAX_COST"},
		"DATELINE_CLOSED":           {"perhaps", "serve", "DATELINE_CLOSED"},
		"DATELINE_OIDC_ISSUER":      {"nowhere", "serve", "--oidc-issuer"},
		"DATELINE_OIDC_AUDIENCE":    {"dateline", "serve", "--oidc-audience"},
		"DATELINE_OIDC_ROLE":        {"editor=NOTHING", "serve --oidc-issuer https://id.example --oidc-audience a", "NOTHING"},
		"DATELINE_OIDC_SCOPE_CLAIM": {" ", "serve --oidc-issuer https://id.example --oidc-audience a --oidc-role editor=CONTENT_EDIT", "name of the claim"},
		"DATELINE_KEEP_CHANGES":     {"long", "serve", "DATELINE_KEEP_CHANGES"},
		"DATELINE_DRY_RUN":          {"perhaps", "import wxr a.jsonl", "DATELINE_DRY_RUN"},
		"DATELINE_REPORT":           {"none/r.json", "import jsonl a.jsonl", "none/r.json"},
		"DATELINE_DAY":              {"13-40", "import onthisday a.jsonl", "13-40"},
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, c.value)
			r := dateline(t, strings.Fields(c.args)...)
			if r.code == 0 || !strings.Contains(r.err, c.want) {
				t.Errorf("code %d, stderr %q does not say %q", r.code, r.err, c.want)
			}
		})
	}
	t.Setenv("DATELINE_DB", "env.db")
	t.Setenv("DATELINE_LOCALE", "de")
	if r := dateline(t, "import", "jsonl", "a.jsonl"); r.code != 0 || site(t, "env.db").DefaultLocale != "de" {
		t.Errorf("the environment was not obeyed: %+v", r)
	}
	if r := dateline(t, "import", "jsonl", "--db", "flag.db", "a.jsonl"); r.code != 0 || !exists("flag.db") {
		t.Errorf("a flag must win over the environment: %+v", r)
	}
	if known := flagsOfHelp(t); !slices.Equal(known, []string{"--addr", "--base-url", "--closed", "--day", "--db", "--demo", "--dry-run", "--explain",
		"--keep-changes", "--locale", "--log-level", "--max-body", "--max-cost", "--max-depth", "--media", "--oidc-audience", "--oidc-issuer", "--oidc-role",
		"--oidc-scope-claim", "--report", "--time-zone"}) {
		t.Errorf("the flags are %v: keep this test complete", known)
	}
}

// flagsOfHelp are all flags that help knows, each with its variable.
func flagsOfHelp(t *testing.T) (flags []string) {
	t.Helper()
	for _, command := range []string{"serve", "import wxr", "import jsonl", "import onthisday"} {
		out := dateline(t, append(strings.Fields(command), "--help")...).out
		_, out, _ = strings.Cut(out, "\nFlags:\n")
		for word := range strings.FieldsSeq(out) {
			name, _, _ := strings.Cut(strings.TrimRight(word, "."), "=")
			if !strings.HasPrefix(name, "--") || name == "--help" {
				continue
			}
			if variable := "$DATELINE_" + strings.ToUpper(strings.ReplaceAll(name[2:], "-", "_")); !strings.Contains(out, variable) {
				t.Errorf("%s --help does not name %s", command, variable)
			}
			flags = append(flags, name)
		}
	}
	slices.Sort(flags)
	return slices.Compact(flags)
}
