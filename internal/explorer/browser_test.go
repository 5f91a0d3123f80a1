//go:build browser

package explorer

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowser drives the page of a real server in Chromium: the one at DATELINE_URL, or else the program DATELINE_BIN
// (bin/dateline when unset) with the demo newsroom. It leaves a picture of each tab's answer, and of the explorer, in the folder
// DATELINE_SCREENSHOTS when that is set.
func TestBrowser(t *testing.T) {
	base := os.Getenv("DATELINE_URL")
	if base == "" {
		base = startDateline(t, filepath.Join(t.TempDir(), "demo.db"))
	}
	explore(t, strings.TrimSuffix(base, "/"))
}

// program gives a command of Dateline.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	file := os.Getenv("DATELINE_BIN")
	if file == "" {
		file = filepath.Join("..", "..", "bin", "dateline")
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v: run `make build` first, or name the program in DATELINE_BIN", err)
	}
	return exec.Command(file, args...)
}

// startDateline serves the demo newsroom from a new database and gives the address that the program prints.
func startDateline(t *testing.T, db string) string {
	t.Helper()
	cmd := program(t, "serve", "--demo", "--db", db, "--addr", "127.0.0.1:0")
	output, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		w.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Error("the program did not end 20 s after the interrupt")
			cmd.Process.Kill()
		}
	})
	return printedAddress(t, output)
}

// printedAddress reads the program's output up to the first address on this machine, and then on to its end, so that the
// program never waits for a reader.
func printedAddress(t *testing.T, output io.Reader) string {
	t.Helper()
	address := regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`)
	found, ended := make(chan string, 1), make(chan string, 1)
	go func() {
		var text strings.Builder
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			fmt.Fprintln(&text, lines.Text())
			if a := address.FindString(lines.Text()); a != "" {
				found <- a
				io.Copy(io.Discard, output)
				return
			}
		}
		ended <- text.String()
	}()
	select {
	case a := <-found:
		return "http://" + a
	case text := <-ended:
		t.Fatalf("the program ended without printing its address:\n%s", text)
	case <-time.After(2 * time.Minute):
		t.Fatal("the program printed no address in 2 minutes")
	}
	return ""
}

// anotherGraphiQL stands for the tabs that some other GraphiQL left behind at the same address on an earlier day.
const anotherGraphiQL = `if (!localStorage.getItem('graphiql:tabState')) localStorage.setItem('graphiql:tabState', JSON.stringify({
	activeTabIndex: 0,
	tabs: [{id: '1', title: 'Foreign', query: '{ foreign }', variables: null, headers: null, operationName: null, response: null}],
}))`

const recordViolations = `violations = [];
addEventListener('securitypolicyviolation', e => violations.push(e.effectiveDirective + ' ' + e.blockedURI))`

// explore walks through the page as a person would.
func explore(t *testing.T, base string) {
	ctx := openBrowser(t)
	seen := watch(t, ctx)
	defer seen.check(t, base)
	for _, script := range []string{anotherGraphiQL, recordViolations} {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		if err != nil {
			t.Fatal(err)
		}
	}
	do(t, ctx, "open the page", chromedp.Navigate(base+"/"))
	wantReadyTabs(t, ctx)

	runArticleByKeyboard(t, ctx)
	screenshot(t, ctx, Queries()[0].Name)
	for _, q := range Queries()[1:] {
		press(t, ctx, "the tab "+q.Name, `[role=tab] button`, q.Name)
		wait[bool](t, ctx, "an empty answer in "+q.Name, model("response.json")+`.getValue() === ''`)
		data := runOperation(t, ctx, q.Operation)
		screenshot(t, ctx, q.Name)
		if want, ok := mustAnswer[q.Name]; ok && !want.Match(data) {
			t.Errorf("%s answers %.500s, want %s", q.Name, data, want)
		}
	}
	wantMistakesMarked(t, ctx)
	openDocs(t, ctx)
	openExplorer(t, ctx)
	press(t, ctx, "the article's tab", `[role=tab] button`, "Article page")
	wait[bool](t, ctx, "the explorer with the article's query", `document.querySelector('.graphiql-plugin input')?.value === 'ArticlePage'`)
	screenshot(t, ctx, "Explorer")

	variables := evaluate[string](t, ctx, model("variables.json")+`.getValue()`)
	wait[bool](t, ctx, "the tabs in the browser's storage", `Object.entries(localStorage).some(([key, value]) =>
		key.startsWith('dateline:') && key.endsWith(':tabState') && JSON.parse(value).activeTabIndex === 0)`)
	do(t, ctx, "open the page again", chromedp.Reload())
	wantReadyTabs(t, ctx)
	if again := evaluate[string](t, ctx, model("variables.json")+`.getValue()`); again != variables {
		t.Errorf("on the second visit the article's variables are %q, want %q", again, variables)
	}

	if violations := evaluate[[]string](t, ctx, `violations`); len(violations) > 0 {
		t.Errorf("Content-Security-Policy violated: %q", violations)
	}
}

// mustAnswer is what the tabs show of any newsroom that has events on 5 October and anniversaries.
var mustAnswer = map[string]*regexp.Regexp{
	"On this day":    regexp.MustCompile(`(?s)"headline": \{.*"dateClaims": \[\s*\{.*"archive": \{`),
	"Plan next year": regexp.MustCompile(`(?s)"totalCount": [1-9].*"label": "[^"]+.*"daysAway": \d.*"coverage": \{`),
}

func openBrowser(t *testing.T) context.Context {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium on PATH: run `apt-get install chromium`")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1400, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancelBrowser := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		cancelBrowser()
		cancelAllocator()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", chromium, err)
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return limited
}

// record holds what the page asked for and what it complained about.
type record struct {
	mu         sync.Mutex
	requests   []string
	complaints []string
}

func watch(t *testing.T, ctx context.Context) *record {
	t.Helper()
	seen := &record{}
	err := chromedp.Listen(ctx, func(event any) {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			seen.requests = append(seen.requests, e.Request.URL)
		case *network.EventWebSocketCreated:
			seen.requests = append(seen.requests, e.URL)
		case *runtime.EventExceptionThrown:
			seen.complaints = append(seen.complaints, exceptionText(e.ExceptionDetails))
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				seen.complaints = append(seen.complaints, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
			}
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
				seen.complaints = append(seen.complaints, consoleText(e))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func exceptionText(e *runtime.ExceptionDetails) string {
	if e.Exception != nil {
		return e.Text + " " + e.Exception.Description
	}
	return e.Text
}

func consoleText(e *runtime.EventConsoleAPICalled) string {
	var parts []string
	for _, arg := range e.Args {
		parts = append(parts, string(arg.Value)+arg.Description)
	}
	return fmt.Sprintf("console.%s: %s", e.Type, strings.Join(parts, " "))
}

// check also proves that the editors' workers were fetched, without which the page would only half work.
func (r *record) check(t *testing.T, base string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	origin, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range r.requests {
		u, err := url.Parse(request)
		if err != nil || u.Scheme != "data" && (u.Scheme != origin.Scheme || u.Host != origin.Host) {
			t.Errorf("request outside %s: %.200s", base, request)
		}
	}
	for _, worker := range []string{"editor.worker", "graphql.worker", "json.worker"} {
		if !slices.ContainsFunc(r.requests, func(request string) bool { return strings.Contains(request, worker) }) {
			t.Errorf("no request for %s among %d requests", worker, len(r.requests))
		}
	}
	for _, complaint := range r.complaints {
		t.Errorf("the page complained: %s", complaint)
	}
}

func do(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wait gives the first truthy value of the JavaScript expression.
func wait[T any](t *testing.T, ctx context.Context, what, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Poll[T](expression, chromedp.WithPollingInterval(50*time.Millisecond)))
	if err != nil {
		t.Fatalf("waiting for %s (%s): %v; the page says %.2000q", what, expression, err, evaluate[string](t, ctx, `document.body.innerText`))
	}
	return value
}

// press clicks the one element that the selector and the text (any text when empty) name.
func press(t *testing.T, ctx context.Context, what, selector, text string) {
	t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%q)].find(e => !%q || e.textContent === %q)`, selector, text, text)
	box := wait[struct{ X, Y float64 }](t, ctx, what, fmt.Sprintf(
		`(e => { if (!e) return; e.scrollIntoView({block: 'nearest'}); const b = e.getBoundingClientRect();
			return b.width > 0 && {X: b.x + b.width / 2, Y: b.y + b.height / 2} })(%s)`, find))
	do(t, ctx, "click "+what, chromedp.MouseClickXY(box.X, box.Y))
}

func wantReadyTabs(t *testing.T, ctx context.Context) {
	t.Helper()
	var want []string
	for _, q := range Queries() {
		want = append(want, q.Name)
	}
	wait[bool](t, ctx, "the editor with a query", `document.querySelectorAll('.graphiql-query-editor .view-line').length > 5`)
	got := evaluate[[]string](t, ctx, `[...document.querySelectorAll('[role=tab] .graphiql-tab-button')].map(e => e.textContent)`)
	if !slices.Equal(got, want) {
		t.Fatalf("tabs %q, want %q", got, want)
	}
	if title := evaluate[string](t, ctx, `document.title`); title != "Dateline" {
		t.Errorf("title %q, want Dateline", title)
	}
}

func runArticleByKeyboard(t *testing.T, ctx context.Context) {
	t.Helper()
	press(t, ctx, "the query editor", `.graphiql-query-editor .view-line span`, "")
	do(t, ctx, "press Ctrl-Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	var data struct {
		ResolvePath struct {
			Typename string `json:"__typename"`
			Node     struct{ Title, Path string }
		}
	}
	if err := json.Unmarshal(answer(t, ctx, "Article page"), &data); err != nil {
		t.Fatal(err)
	}
	if r := data.ResolvePath; r.Typename != "PathFound" || r.Node.Title == "" || r.Node.Path == "" {
		t.Errorf("the article page answers %+v, want PathFound with an article", r)
	}
}

// runOperation presses the run button and, where the document has several operations, chooses this one. Right after a change of
// tabs the button is still that of the other document.
func runOperation(t *testing.T, ctx context.Context, name string) json.RawMessage {
	t.Helper()
	several := evaluate[bool](t, ctx, model("operation.graphql")+`.getValue().match(/^(query|mutation) /gm).length > 1`)
	wait[bool](t, ctx, "the document's run button", fmt.Sprintf(`!!document.querySelector('button.graphiql-execute-button[aria-haspopup]') === %t`, several))
	press(t, ctx, "the run button", `button.graphiql-execute-button`, "")
	if several {
		press(t, ctx, name+" in the menu of the run button", `[role=menuitem]`, name)
	}
	return answer(t, ctx, name)
}

// wantMistakesMarked proves that the worker behind the query editor works: it knows the schema's fields.
func wantMistakesMarked(t *testing.T, ctx context.Context) {
	t.Helper()
	press(t, ctx, "the button for a new tab", `button.graphiql-tab-add`, "")
	wait[bool](t, ctx, "an empty query editor", model("operation.graphql")+`.getValue() === ''`)
	press(t, ctx, "the query editor", `.graphiql-query-editor .view-line`, "")
	do(t, ctx, "type a query", chromedp.KeyEvent("{ noSuchField }"))
	wait[bool](t, ctx, "a mark at the unknown field",
		`__MONACO.editor.getModelMarkers({}).some(m => m.message.includes('noSuchField') && m.message.includes('Query'))`)
	press(t, ctx, "the button that closes the tab", `[role=tab][aria-selected=true] .graphiql-tab-close`, "")
}

// model is the JavaScript expression of an editor's text. GraphiQL keeps its editor's module in __MONACO.
func model(file string) string {
	return fmt.Sprintf(`__MONACO.editor.getModels().find(m => m.uri.path.endsWith(%q))`, file)
}

// answer gives the data that the page shows for the operation it just ran; errors in it fail the test.
func answer(t *testing.T, ctx context.Context, tab string) json.RawMessage {
	t.Helper()
	text := wait[string](t, ctx, "the answer to "+tab, model("response.json")+`.getValue()`)
	var response struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &response); err != nil {
		t.Fatalf("%s: %v in %.500q", tab, err, text)
	}
	if response.Errors != nil || len(response.Data) < len(`{"a":{}}`) {
		t.Errorf("%s: data %.200s, errors %s", tab, response.Data, response.Errors)
	}
	return response.Data
}

func openDocs(t *testing.T, ctx context.Context) {
	t.Helper()
	press(t, ctx, "the button of the docs", `button[aria-label="Show Documentation Explorer"]`, "")
	press(t, ctx, "Query in the docs", `.graphiql-doc-explorer a.graphiql-doc-explorer-type-name`, "Query")
	press(t, ctx, "Article in the docs", `.graphiql-doc-explorer a.graphiql-doc-explorer-type-name`, "Article")
	wait[string](t, ctx, "the description of Article",
		`document.querySelector('.graphiql-doc-explorer-title')?.textContent === 'Article' &&
			document.querySelector('.graphiql-doc-explorer-content > .graphiql-markdown-description')?.textContent.trim()`)
}

func openExplorer(t *testing.T, ctx context.Context) {
	t.Helper()
	press(t, ctx, "the button of the explorer", `button[aria-label="Show GraphiQL Explorer"]`, "")
	wait[bool](t, ctx, "the explorer with the root fields",
		`['resolvePath', 'onThisDay', 'search'].every(name => document.querySelector('.graphiql-plugin')?.textContent.includes(name))`)
}

func screenshot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("DATELINE_SCREENSHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
