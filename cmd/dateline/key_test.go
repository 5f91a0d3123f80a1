package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

const world = `{"type":"category","ref":"test:world","name":"World","path":"/world/"}` + "\n"

// withSite makes site.db in a folder of its own.
func withSite(t *testing.T) {
	t.Helper()
	inFolder(t, map[string]string{"a.jsonl": world + article})
	if r := dateline(t, "import", "jsonl", "--db", "site.db", "--time-zone", "Europe/Berlin", "a.jsonl"); r.code != 0 {
		t.Fatal(r)
	}
}

// createKey makes a key and returns its secret and its id.
func createKey(t *testing.T, args ...string) (secret, id string) {
	t.Helper()
	r := dateline(t, append([]string{"key", "create", "--db", "site.db"}, args...)...)
	secret = strings.TrimSuffix(r.out, "\n")
	if r.code != 0 || !regexp.MustCompile(`^dl_live_[a-z2-7]{64}$`).MatchString(secret) {
		t.Fatalf("%+v", r)
	}
	if strings.Contains(r.err, secret) || !strings.Contains(r.err, secret[:16]+"…") || !strings.Contains(r.err, "cannot be shown again") {
		t.Errorf("stderr is %s", r.err)
	}
	return secret, regexp.MustCompile(`key_[0-9a-z]{13}`).FindString(r.err)
}

// opens asks as a server does.
func opens(t *testing.T, secret string) (caller *news.Caller, err error) {
	t.Helper()
	inspect(t, "site.db", func(ctx context.Context, s *store.Store) {
		a := access.New(access.Config{Store: s, Now: time.Now, Failed: func(error) {}}) // the database is only read
		caller, err = a.Caller(ctx, "Bearer "+secret)
		a.Close()
	})
	return caller, err
}

func TestKeyFromTheCommandLine(t *testing.T) {
	withSite(t)
	t.Setenv("DATELINE_LOCALE", "fr") // the site's, and no limit of a key
	t.Setenv("DATELINE_BODY", "none")
	plain, plainID := createKey(t, "--name", "Reader", "--scope", "CONTENT_READ")
	full, fullID := createKey(t, "--name", "The Paper: app", "--scope", "content-read,CONTENT_READ_FULL", "--scope", "EXPORT_RUN", "--category", "/world/",
		"--locale", "de", "--locale", "pt-BR", "--syndicatable-only", "--body", "summary", "--expires", "2099-07-01")
	c, err := opens(t, plain)
	if err != nil || c.Name != "Reader" || len(c.Locales)+len(c.Categories) != 0 || c.SyndicatableOnly || c.BodyDepth != news.BodyFull {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = opens(t, full)
	if err != nil || len(c.Scopes) != 3 || len(c.Categories) != 1 || c.Categories[0].Kind() != news.KindCategory ||
		len(c.Locales) != 2 || !c.SyndicatableOnly || c.BodyDepth != news.BodySummary {
		t.Errorf("%+v, %v", c, err)
	}
	list := dateline(t, "key", "list", "--db", "site.db")
	lines := strings.Split(strings.TrimSpace(list.out), "\n")
	if list.code != 0 || len(lines) != 3 || !strings.HasPrefix(lines[1], fullID) || !strings.HasPrefix(lines[2], plainID) {
		t.Fatalf("%+v", list)
	}
	for _, want := range []string{full[:16] + " ", "The Paper: app", "valid", "2099-06-30T22:00:00Z", "never", // midnight in Berlin
		"CONTENT_READ, CONTENT_READ_FULL, EXPORT_RUN; only cat_", "de, pt-BR, syndicatable, body summary"} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%q is not in %s", want, lines[1])
		}
	}
	if strings.Contains(list.out, plain[:17]) || strings.Contains(list.out, full[:17]) {
		t.Error("the list shows more than a prefix")
	}
	for _, name := range []string{plain, full[:16], fullID} { // and again
		if r := dateline(t, "key", "revoke", "--db", "site.db", name); r.code != 0 || r.out != "" || !strings.Contains(r.err, "is revoked since 20") || strings.Contains(r.err, plain) {
			t.Errorf("%+v", r)
		}
	}
	for _, secret := range []string{plain, full} {
		if c, err := opens(t, secret); news.KindOf(err) != news.Unauthenticated {
			t.Errorf("a revoked key opens as %+v, %v", c, err)
		}
	}
	if list := dateline(t, "key", "list", "--db", "site.db"); strings.Count(list.out, "revoked 20") != 2 {
		t.Errorf("%+v", list)
	}
}

func TestKeyExpiry(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2027-01-01":                "2026-12-31T23:00:00Z",
		"2026-07-01":                "2026-06-30T22:00:00Z",
		"2027-01-01T12:00:00+02:00": "2027-01-01T10:00:00Z",
		"90d":                       "2026-06-07T12:00:00Z",
	} {
		if got, err := (&keyCreateCommand{Expires: text}).expiry(now, berlin); err != nil || when(got, "never") != want {
			t.Errorf("%s is %s, %v; want %s", text, when(got, "never"), err, want)
		}
	}
	for _, wrong := range []string{"0d", "-1d", "d", "1.5d", "36501d", "99999999999999999999d", "tomorrow", "2027-02-30", "2027-01-01 12:00"} {
		if got, err := (&keyCreateCommand{Expires: wrong}).expiry(now, berlin); err == nil || !strings.Contains(err.Error(), "90d") {
			t.Errorf("%s is %v, %v", wrong, got, err)
		}
	}
}

func TestKeyMistakes(t *testing.T) {
	withSite(t)
	before := position(t, "site.db")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"key"}, 2, []string{`"create"`, `"revoke"`}},
		{[]string{"key", "create"}, 2, []string{"--name", "--scope", "dateline key create --help"}},
		{[]string{"key", "create", "--name", "x", "--scope", "EVERYTHING"}, 2, []string{`"EVERYTHING"`, "CONTENT_READ"}},
		{[]string{"key", "create", "--name", " ", "--scope", "CONTENT_READ"}, 2, []string{"no name"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--body", "half"}, 2, []string{"--body", "summary"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--expires", "soon"}, 2, []string{`"soon"`, "90d"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--locale", "!!"}, 2, []string{"!!", "pt-BR"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--expires", "2020-01-01"}, 1, []string{"2019-12-31T23:00:00Z", "past"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--category", "/none/"}, 1, []string{"--category /none/"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--category", "world"}, 1, []string{"world", "path"}},
		{[]string{"key", "create", "--name", "x", "--scope", "CONTENT_READ", "--db", "none.db"}, 1, []string{"none.db", "check the file name"}},
		{[]string{"key", "list", "--db", "none.db"}, 1, []string{"none.db"}},
		{[]string{"key", "revoke", "--db", "none.db", "x"}, 1, []string{"none.db"}},
		{[]string{"key", "revoke"}, 2, []string{"<key>"}},
		{[]string{"key", "revoke", "dl_live_abcdefgh"}, 1, []string{"dl_live_abcdefgh", "key list"}},
		{[]string{"key", "revoke", news.ID(1<<30 | int64(news.KindAPIKey)<<16).String()}, 1, []string{"no API key key_"}},
	} {
		args := c.args
		if len(args) > 1 && strings.Count(strings.Join(args, " "), "--db") == 0 {
			args = append(args, "--db", "site.db")
		}
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r := dateline(t, args...)
			wantMistake(t, r, c.code, c.want)
			if r.out != "" {
				t.Errorf("a secret was printed: %q", r.out)
			}
		})
	}
	mistyped := access.NewSecret().Reveal()[:40] + "0"
	r := dateline(t, "key", "revoke", "--db", "site.db", mistyped)
	if wantMistake(t, r, 1, []string{"no whole secret"}); strings.Contains(r.err, mistyped[16:]) {
		t.Error("a mistyped secret is repeated")
	}
	if position(t, "site.db") != before || exists("none.db") {
		t.Error("something was written")
	}
}

// TestKeysBesideAServer: the commands work on the database of a server that runs.
func TestKeysBesideAServer(t *testing.T) {
	withSite(t)
	p := serve(t, "--db", "site.db")
	secret, id := createKey(t, "--name", "x", "--scope", "CONTENT_READ")
	ask(t, p.url, "{ site { name } }")
	if list := dateline(t, "key", "list", "--db", "site.db"); list.code != 0 || !strings.Contains(list.out, id) {
		t.Errorf("%+v", list)
	}
	if r := dateline(t, "key", "revoke", "--db", "site.db", secret); r.code != 0 {
		t.Errorf("%+v", r)
	}
	ask(t, p.url, "{ site { name } }")
	p.stop()
}

func TestLostSecret(t *testing.T) {
	withSite(t)
	var errs strings.Builder
	code := run([]string{"key", "create", "--db", "site.db", "--name", "x", "--scope", "CONTENT_READ"}, closedPipe{}, &errs)
	if code != 1 || !strings.Contains(errs.String(), "dateline key revoke --db site.db key_") {
		t.Errorf("code %d, stderr %s", code, errs.String())
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, http.ErrHandlerTimeout }

// TestAccessFlags reads the flags as serve does.
func TestAccessFlags(t *testing.T) {
	parse := func(args string) (*accessFlags, error) {
		var command struct{ accessFlags }
		parser, err := kong.New(&command, kong.DefaultEnvars("DATELINE"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(args)); err != nil {
			return nil, err
		}
		return &command.accessFlags, command.Validate()
	}
	f, err := parse("--oidc-issuer https://login.example --oidc-audience api --oidc-scope-claim roles --oidc-role editor=CONTENT_EDIT,content-read --oidc-role cn=desk,o=Paper=EVENTS_EDIT;editor=CONTENT_PUBLISH")
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := f.issuer(nil)
	if err != nil || issuer.URL != "https://login.example" || issuer.Audience != "api" || issuer.RoleClaim != "roles" || len(issuer.Roles) != 2 ||
		len(issuer.Roles["editor"]) != 3 || len(issuer.Roles["cn=desk,o=Paper"]) != 1 {
		t.Errorf("%+v, %v", issuer, err)
	}
	if f, err := parse(""); err != nil || f.Closed || f.OIDCScopeClaim != "scope" {
		t.Errorf("%+v, %v", f, err)
	} else if issuer, err := f.issuer(nil); issuer != nil || err != nil {
		t.Errorf("%+v, %v", issuer, err)
	}
	t.Setenv("DATELINE_OIDC_ROLE", "a=CONTENT_READ;b=CONTENT_EDIT,CONTENT_READ")
	if f, err := parse("--oidc-issuer http://localhost:1 --oidc-audience api"); err != nil || len(f.OIDCRole) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	t.Setenv("DATELINE_OIDC_ROLE", "")
	for args, want := range map[string]string{
		"--oidc-audience api":                                              "without --oidc-issuer",
		"--oidc-issuer http://login.example":                               "https://",
		"--oidc-issuer https://login.example":                              "audience",
		"--oidc-issuer https://login.example --oidc-audience api":          "at least one",
		"--oidc-issuer https://l.example --oidc-role x":                    "editor=CONTENT_EDIT",
		"--oidc-issuer https://l.example --oidc-role =KEYS_MANAGE":         "editor=CONTENT_EDIT",
		"--oidc-issuer https://l.example --oidc-role x=EVERYTHING":         `"EVERYTHING"`,
		"--oidc-issuer https://l.example --oidc-audience a --oidc-role x=": "is not a scope",
	} {
		if f, err := parse(args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %q", args, f, err, want)
		}
	}
}

// TestAuthenticatorOfFlags: what the flags say is what a server does.
func TestAuthenticatorOfFlags(t *testing.T) {
	withSite(t)
	db, err := sqlite.Open("site.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := store.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for closed, kind := range map[bool]news.Kind{true: news.Unauthenticated, false: news.Internal} { // Internal is also that of no error
		a, err := (&accessFlags{Closed: closed}).authenticator(s, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		c, err := a.RequestCaller(httptest.NewRequest(http.MethodGet, "/", nil))
		if (err != nil) != closed || (c == nil) != closed || news.KindOf(err) != kind {
			t.Errorf("closed is %t: %+v, %v", closed, c, err)
		}
		a.Close()
	}
	if _, err := (&accessFlags{OIDCIssuer: "x"}).authenticator(s, nil); err == nil {
		t.Error("a wrong issuer was accepted")
	}
}
