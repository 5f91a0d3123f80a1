//go:build browser

package explorer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserEditorsDay plays the tab "Editors day" in Chromium, from the draft to the withdrawal, in a newsroom of its own. After
// each step it looks at what readers get.
func TestBrowserEditorsDay(t *testing.T) {
	db := filepath.Join(t.TempDir(), "demo.db")
	base := startDateline(t, db)
	d := &day{base: base, secret: makeKey(t, db), ctx: openBrowser(t), variables: editorsDay(t).Variables}
	seen := watch(t, d.ctx)
	do(t, d.ctx, "open the page", chromedp.Navigate(base+"/"))
	wantReadyTabs(t, d.ctx)
	press(t, d.ctx, "the editor's tab", `[role=tab] button`, editorsDay(t).Name)
	wait[bool](t, d.ctx, "the editor's variables", model("variables.json")+`.getValue().includes('correction')`)
	d.write(t, "headers", d.header())

	d.draft(t)
	d.publish(t)
	d.correct(t)
	d.retract(t)
	d.wantKeyForgotten(t)
	d.wantKeyKeptOnDemand(t)
	seen.check(t, base)
}

// day is an editor's, with the page and what was learnt from it.
type day struct {
	base, secret string
	ctx          context.Context
	variables    map[string]any
}

func editorsDay(t *testing.T) Query {
	t.Helper()
	for _, q := range Queries() {
		if q.Operation == "EditorsDay" {
			return q
		}
	}
	t.Fatal("no ready query EditorsDay")
	return Query{}
}

func makeKey(t *testing.T, db string) string {
	t.Helper()
	cmd := program(t, "key", "create", "--db", db, "--name", "Ada, editor", "--scope", "CONTENT_EDIT,CONTENT_PUBLISH,CONTENT_RETRACT")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	secret, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return strings.TrimSpace(string(secret))
}

// write replaces what the editor of the variables or headers holds, as if it were pasted.
func (d *day) write(t *testing.T, editor, text string) {
	t.Helper()
	file := map[string]string{"headers": "request-headers.json", "variables": "variables.json"}[editor]
	if hidden := `.graphiql-editor-tools [data-name=` + editor + `]:not(.active)`; evaluate[bool](t, d.ctx, fmt.Sprintf(`!!document.querySelector(%q)`, hidden)) {
		press(t, d.ctx, "the button of the "+editor, hidden, "")
	}
	wait[bool](t, d.ctx, "the cursor in the "+editor, fmt.Sprintf(
		`(e => { if (!e || !e.getLayoutInfo().width) return; e.focus(); return e.hasTextFocus() })(__MONACO.editor.getEditors().find(e => e.getModel() === %s))`, model(file)))
	do(t, d.ctx, "select all", chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	do(t, d.ctx, "delete", chromedp.KeyEvent(kb.Delete))
	wait[bool](t, d.ctx, "empty "+editor, model(file)+`.getValue() === ''`)
	if text == "" {
		return
	}
	if _, err := chromedp.Call(d.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		t.Fatal(err)
	}
	wait[bool](t, d.ctx, "the "+editor, fmt.Sprintf(`%s.getValue() === %q`, model(file), text))
}

// run gives what the first field of the operation answers in the page.
func (d *day) run(t *testing.T, operation string) step {
	t.Helper()
	variables, err := json.Marshal(d.variables)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, "variables", string(variables))
	evaluate[any](t, d.ctx, model("response.json")+`.setValue('')`)
	return read(t, runOperation(t, d.ctx, operation))
}

// asReader runs the operation without a key, outside the browser.
func (d *day) asReader(t *testing.T, operation string) step {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": editorsDay(t).Document, "operationName": operation, "variables": d.variables})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(d.base+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data   json.RawMessage
		Errors []any
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Errors != nil {
		t.Fatalf("%s: %v %v", operation, err, answer.Errors)
	}
	return read(t, answer.Data)
}

// step is what any operation of the day may answer.
type step struct {
	Typename       string `json:"__typename"`
	Reason         string
	Article, Entry *stage
	Node           *stage
	UserErrors     []struct{ Code, Message string }
	stage
}

type stage struct {
	ID, Status, Path, Title string
	Revision                int
	Body                    struct{ HTML string }
	Corrections             []struct{ Kind, Notice, At string }
}

// read gives the zero step for null.
func read(t *testing.T, data json.RawMessage) step {
	t.Helper()
	var fields map[string]step
	if err := json.Unmarshal(data, &fields); err != nil || len(fields) != 1 {
		t.Fatalf("%v in %s", err, data)
	}
	for _, s := range fields {
		return s
	}
	return step{}
}

func (d *day) draft(t *testing.T) {
	t.Helper()
	written := d.run(t, "WriteDraft")
	screenshot(t, d.ctx, "Editors day 1 draft")
	a := written.Article
	if a == nil || a.Status != "DRAFT" || a.Revision != 1 || a.Title != d.variables["title"] || len(written.UserErrors) > 0 {
		t.Fatalf("WriteDraft answers %+v", written)
	}
	d.variables["id"], d.variables["path"], d.variables["revision"] = a.ID, a.Path, a.Revision
	if s := d.run(t, "ReadEntry"); s.Status != "DRAFT" || !strings.Contains(s.Body.HTML, "<strong>Monday</strong>") {
		t.Errorf("the editor reads %+v", s)
	}
	if s := d.run(t, "OpenPath"); s.Typename != "PathFound" || s.Node.ID != a.ID {
		t.Errorf("the editor finds %+v at %s", s, a.Path)
	}
	d.readersSee(t, "", "")
}

// readersSee says what the path answers those who have no key, and of what status the entry is to them; empty is nothing.
func (d *day) readersSee(t *testing.T, typename, status string) {
	t.Helper()
	if s := d.asReader(t, "OpenPath"); s.Typename != typename {
		t.Errorf("readers find %+v at %s, want %q", s, d.variables["path"], typename)
	}
	if s := d.asReader(t, "ReadEntry"); s.Status != status {
		t.Errorf("readers read %+v, want status %q", s, status)
	}
}

func (d *day) publish(t *testing.T) {
	t.Helper()
	s := d.run(t, "Publish")
	screenshot(t, d.ctx, "Editors day 2 published")
	if s.Entry == nil || s.Entry.Status != "PUBLISHED" || len(s.UserErrors) > 0 {
		t.Fatalf("Publish answers %+v", s)
	}
	d.readersSee(t, "PathFound", "PUBLISHED")
	if again := d.run(t, "Publish"); again.Entry != nil || len(again.UserErrors) != 1 {
		t.Errorf("publishing with the revision before answers %+v, want one user error", again)
	}
	d.variables["revision"] = s.Entry.Revision
}

func (d *day) correct(t *testing.T) {
	t.Helper()
	s := d.run(t, "Correct")
	screenshot(t, d.ctx, "Editors day 3 corrected")
	if s.Article == nil || len(s.UserErrors) > 0 {
		t.Fatalf("Correct answers %+v", s)
	}
	d.variables["revision"] = s.Article.Revision
	read := d.asReader(t, "ReadEntry")
	if len(read.Corrections) != 1 || read.Corrections[0].Kind != "CORRECTION" || read.Corrections[0].Notice != d.variables["correction"] || read.Corrections[0].At == "" ||
		!strings.Contains(read.Body.HTML, "nine million") || strings.Contains(read.Body.HTML, "eleven") {
		t.Errorf("readers read %+v after the correction", read)
	}
}

// retract ends with the page of the address as readers have it: in the same browser, with the header taken away.
func (d *day) retract(t *testing.T) {
	t.Helper()
	s := d.run(t, "Retract")
	screenshot(t, d.ctx, "Editors day 4 retracted")
	if s.Entry == nil || s.Entry.Status != "RETRACTED" || len(s.UserErrors) > 0 {
		t.Fatalf("Retract answers %+v", s)
	}
	d.readersSee(t, "PathGone", "")
	d.write(t, "headers", "")
	if s := d.run(t, "OpenPath"); s.Typename != "PathGone" || s.Reason != d.variables["reason"] {
		t.Errorf("without the header the page shows %+v, want PathGone with the reason %q", s, d.variables["reason"])
	}
	screenshot(t, d.ctx, "Editors day 5 gone")
}

// wantKeyForgotten looks at the browser's storage after a request with the key, and after a second visit.
func (d *day) wantKeyForgotten(t *testing.T) {
	t.Helper()
	d.write(t, "headers", d.header())
	d.variables["title"] = "Once more" // the history takes what differs
	d.runUntilInHistory(t, "EditorsDay", "Once more")
	d.waitStored(t, "tabState", "Once more")
	d.reload(t)
	d.wantNoKeyStored(t)
	if headers := evaluate[string](t, d.ctx, model("request-headers.json")+`.getValue()`); headers != "" {
		t.Errorf("on the second visit the headers are %q", headers)
	}
}

// wantKeyKeptOnDemand turns "Persist headers" on and off.
func (d *day) wantKeyKeptOnDemand(t *testing.T) {
	t.Helper()
	d.write(t, "headers", d.header())
	d.persistHeaders(t, "On")
	d.variables["title"] = "And again"
	d.runUntilInHistory(t, "EditorsDay", d.secret)
	d.waitStored(t, "tabState", d.secret)
	d.reload(t)
	if headers := evaluate[string](t, d.ctx, model("request-headers.json")+`.getValue()`); headers != d.header() {
		t.Errorf("with headers persisted they are %q on the next visit", headers)
	}
	d.persistHeaders(t, "Off")
	d.wantNoKeyStored(t)
}

func (d *day) wantNoKeyStored(t *testing.T) {
	t.Helper()
	stored := evaluate[map[string]string](t, d.ctx, `({...localStorage})`)
	for name, value := range stored {
		if strings.Contains(value, d.secret) {
			t.Errorf("the browser keeps the key in %s", name)
		}
	}
	if len(stored) < 4 {
		t.Errorf("the browser keeps only %d values", len(stored))
	}
}

func (d *day) header() string {
	return fmt.Sprintf(`{"Authorization": "Bearer %s"}`, d.secret)
}

// runUntilInHistory runs an operation until GraphiQL has put a text that it sends into its history. GraphiQL writes the history
// when it draws the page while a request is under way: it misses one that was answered before that.
func (d *day) runUntilInHistory(t *testing.T, operation, text string) {
	t.Helper()
	for range 20 {
		d.run(t, operation)
		if evaluate[bool](t, d.ctx, stored("queries", text)) {
			return
		}
	}
	t.Fatalf("after 20 runs of %s the history does not hold %q", operation, text)
}

// waitStored waits until GraphiQL has put the text under the name into the browser's storage.
func (d *day) waitStored(t *testing.T, name, text string) {
	t.Helper()
	wait[bool](t, d.ctx, name+" in the browser's storage", stored(name, text))
}

func stored(name, text string) string {
	return fmt.Sprintf(`Object.entries(localStorage).some(([key, value]) => key.endsWith(':graphiql:%s') && value.includes(%q))`, name, text)
}

func (d *day) reload(t *testing.T) {
	t.Helper()
	do(t, d.ctx, "open the page again", chromedp.Reload())
	wait[bool](t, d.ctx, "the editors", `document.querySelectorAll('.graphiql-query-editor .view-line').length > 5 && !!`+model("request-headers.json"))
}

func (d *day) persistHeaders(t *testing.T, choice string) {
	t.Helper()
	press(t, d.ctx, "the button of the settings", `button[aria-label="Open settings dialog"]`, "")
	press(t, d.ctx, choice, `#enable-persist-headers, #disable-persist-headers`, choice)
	screenshot(t, d.ctx, "Settings "+choice)
	press(t, d.ctx, "the button that closes the settings", `.graphiql-dialog-close`, "")
	wait[bool](t, d.ctx, "no settings", `!document.querySelector('.graphiql-dialog')`)
}
