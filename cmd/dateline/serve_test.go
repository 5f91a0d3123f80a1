package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/explorer"
)

func TestDemo(t *testing.T) {
	inFolder(t, nil)
	p := serve(t, "--demo", "--db", "demo.db")
	data := ask(t, p.url, `{ site { name timeZone } articles(first: 1) { totalCount nodes { path } } onThisDay { events(first: 1) { nodes { title } } } }`).Data
	var articles struct {
		TotalCount int
		Nodes      []struct{ Path string }
	}
	if err := json.Unmarshal(data["articles"], &articles); err != nil || articles.TotalCount < 40 {
		t.Fatalf("%d articles (%v), want some 40", articles.TotalCount, err)
	}
	for _, q := range explorer.Queries() {
		if _, ok := q.Variables["path"]; ok {
			q.Variables["path"] = articles.Nodes[0].Path
		}
		askReady(t, p.url, q)
	}
	p.stop()
	before := position(t, "demo.db")
	again := serve(t, "--demo", "--db", "demo.db")
	ask(t, again.url, `{ site { name } }`)
	again.stop()
	if after := position(t, "demo.db"); after != before || before < 400 {
		t.Errorf("the journal was at %d and is at %d after the second start", before, after)
	}
}

func askReady(t *testing.T, url string, q explorer.Query) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": q.Document, "operationName": q.Operation, "variables": q.Variables})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data   map[string]json.RawMessage
		Errors []any
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Errors) > 0 || len(answer.Data) == 0 {
		t.Errorf("%s: %v, errors %v, data %v", q.Name, err, answer.Errors, answer.Data)
	}
	for name, value := range answer.Data {
		if string(value) == "null" {
			t.Errorf("%s: %s is null", q.Name, name)
		}
	}
}

func TestSiteFlagsStay(t *testing.T) {
	inFolder(t, nil)
	flags := []string{"--db", "site.db", "--base-url", "https://news.example/", "--time-zone", "Asia/Baghdad", "--locale", "ar"}
	serve(t, flags...).stop()
	before := position(t, "site.db")
	if s := site(t, "site.db"); s.URL != "https://news.example" || s.TimeZone != "Asia/Baghdad" || s.DefaultLocale != "ar" {
		t.Errorf("the site is %+v", s)
	}
	for _, args := range [][]string{{"--db", "site.db"}, flags} {
		p := serve(t, args...)
		if got := string(ask(t, p.url, `{ site { url timeZone defaultLocale } }`).Data["site"]); got != `{"url":"https://news.example","timeZone":"Asia/Baghdad","defaultLocale":"ar"}` {
			t.Errorf("the site is %s", got)
		}
		p.stop()
		if after := position(t, "site.db"); after != before {
			t.Errorf("serve %v moved the journal from %d to %d", args, before, after)
		}
	}
	p := serve(t, "--db", "site.db", "--locale", "ku")
	p.stop()
	if s := site(t, "site.db"); s.URL != "https://news.example" || s.DefaultLocale != "ku" {
		t.Errorf("one flag must leave the other settings: %+v", s)
	}
}

// TestTermFinishesRequests stops the server while it reads a request: the request is answered, and nobody else is let in.
func TestTermFinishesRequests(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			inFolder(t, nil)
			p := serve(t, "--db", "site.db")
			address := strings.TrimPrefix(p.url, "http://")
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			body := `{"query":"{ site { name } }"}`
			fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
			r := bufio.NewReader(conn)
			if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
				t.Fatalf("the server said %q (%v)", line, err)
			}
			if _, err := r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			// Now the server is in the middle of the request.
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			for { // until the server has closed its door
				other, err := net.Dial("tcp", address)
				if err != nil {
					break
				}
				other.Close()
			}
			if _, err := conn.Write([]byte(body)); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			got.ReadFrom(answer.Body)
			if answer.StatusCode != http.StatusOK || !strings.Contains(got.String(), `"name":"Untitled"`) {
				t.Errorf("got %s %s", answer.Status, got.String())
			}
			p.wait(0)
			if exists("site.db-wal") {
				t.Error("the database was not closed")
			}
		})
	}
}

// TestSecondSignal ends a server that still waits for a request.
func TestSecondSignal(t *testing.T) {
	inFolder(t, nil)
	p := serve(t, "--db", "site.db")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	// One that comes while the first is being handled may be lost, so they repeat; a flood of them would overflow the
	// stack on which Go's runtime handles a deadly signal.
	go func() {
		for p.Process.Signal(syscall.SIGTERM) == nil {
			time.Sleep(50 * time.Millisecond)
		}
	}()
	p.Wait()
	p.ended = true
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the server ended with %v", p.ProcessState)
	}
}

func TestExplain(t *testing.T) {
	inFolder(t, nil)
	for _, explain := range []bool{false, true} {
		args := []string{"--db", "site.db"}
		if explain {
			args = append(args, "--explain")
		}
		p := serve(t, args...)
		plain := ask(t, p.url, `{ site { name } }`)
		asked := ask(t, p.url, `{ site { name } }`, "Dateline-Explain", "1")
		if len(plain.Extensions) != 0 {
			t.Errorf("explain %v: extensions without the header: %s", explain, plain.Extensions)
		}
		if _, explained := asked.Extensions["explain"]; explained != explain {
			t.Errorf("explain %v: the header gives the extensions %s", explain, asked.Extensions)
		}
		p.stop()
	}
}

func TestLimitFlags(t *testing.T) {
	inFolder(t, nil)
	p := serve(t, "--db", "site.db", "--max-body", "300", "--max-depth", "2", "--max-cost", "50", "--log-level", "debug")
	for body, want := range map[string]string{
		`{"query":"{ site { name } }"}`:                                                    `"name":"Untitled"`,
		`{"query":"{ site { menus { items { label } } } }"}`:                               "more than 2 deep",
		`{"query":"{ articles(first: 100) { totalCount nodes { id } } }"}`:                 "more than 50 fields",
		`{"query":"{ site { name } }","operationName":"` + strings.Repeat("x", 300) + `"}`: "more than 300 bytes",
	} {
		response, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		got.ReadFrom(response.Body)
		response.Body.Close()
		if !strings.Contains(got.String(), want) {
			t.Errorf("%.60s: got %s, want %q in it", body, got.String(), want)
		}
	}
	p.stop()
	if !strings.Contains(p.errs.String(), "path=/graphql") {
		t.Errorf("debug does not log requests: %q", p.errs.String())
	}
}
