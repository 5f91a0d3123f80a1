package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// A door is an authenticator on a database of its own.
type door struct {
	*Authenticator
	t        testing.TB
	clock    *clock
	failures *failures
	db       *watched
	path     string
}

// watched is an engine that counts batches, and refuses them when it is told to.
type watched struct {
	engine.Engine
	mu     sync.Mutex
	writes int
	fail   error
	gate   chan struct{} // what writes wait for; nil for nothing
}

func (w *watched) Write(ctx context.Context, opID string, steps []engine.Step) error {
	w.mu.Lock()
	w.writes++
	fail, gate := w.fail, w.gate
	w.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if fail != nil {
		return fail
	}
	return w.Engine.Write(ctx, opID, steps)
}

func (w *watched) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writes
}

func (w *watched) set(fail error, gate chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail, w.gate = fail, gate
}

func newDoor(t testing.TB, edit ...func(*Config)) *door {
	t.Helper()
	d := &door{t: t, clock: &clock{time: noon}, failures: &failures{}, path: filepath.Join(t.TempDir(), "site.db")}
	db, err := sqlite.Open(d.path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d.db = &watched{Engine: db}
	s, err := store.Open(context.Background(), d.db, d.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Store: s, Now: d.clock.now, Failed: d.failures.add}
	for _, e := range edit {
		e(&c)
	}
	d.Authenticator = New(c)
	t.Cleanup(d.Close)
	return d
}

// key makes a key that may read.
func (d *door) key(edit ...func(*news.APIKey)) (Secret, *news.APIKey) {
	d.t.Helper()
	secret := NewSecret()
	k := news.APIKey{Name: "The Paper", Prefix: secret.Prefix(), Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead}, Locales: []news.Locale{"de"}, BodyDepth: news.BodySummary}}
	for _, e := range edit {
		e(&k)
	}
	made, err := d.Store.CreateKey(context.Background(), k, secret.Hash())
	if err != nil {
		d.t.Fatal(err)
	}
	return secret, made
}

func (d *door) refuses(what, authorization, say string) {
	d.t.Helper()
	c, err := d.Caller(context.Background(), authorization)
	if c != nil || news.KindOf(err) != news.Unauthenticated || !strings.Contains(err.Error(), say) {
		d.t.Errorf("%s: got %+v, %v; want a refusal that says %q", what, c, err, say)
	}
}

func TestKeyOpens(t *testing.T) {
	d := newDoor(t)
	secret, key := d.key()
	for _, authorization := range []string{"Bearer " + secret.Reveal(), "bearer  " + secret.Reveal() + " ", "BEARER " + secret.Reveal()} {
		c, err := d.Caller(t.Context(), authorization)
		if err != nil || c.KeyID != key.ID || c.Name != "The Paper" || !c.Has(news.ScopeContentRead) || c.Has(news.ScopeContentReadFull) ||
			len(c.Locales) != 1 || c.BodyDepth != news.BodySummary || c.Anonymous() {
			t.Errorf("%.7q: %+v, %v", authorization, c, err)
		}
	}
	c, err := d.Caller(t.Context(), "")
	if err != nil || !c.Anonymous() || !c.Has(news.ScopeContentReadFull) || c.Has(news.ScopeContentPreview) {
		t.Errorf("without a key: %+v, %v", c, err)
	}
}

func TestKeyDoesNotOpen(t *testing.T) {
	d := newDoor(t)
	secret, key := d.key()
	text := secret.Reveal()
	// Another secret with the same prefix: right form, right checksum, never given out.
	b, err := secretEncoding.DecodeString(strings.TrimPrefix(text, secretMark))
	if err != nil {
		t.Fatal(err)
	}
	b[randomBytes-1] ^= 1
	twin := secretMark + secretEncoding.EncodeToString(checksummed(b[:randomBytes:randomBytes]))
	if s, err := ParseSecret(twin); err != nil || s.Prefix() != secret.Prefix() {
		t.Fatal(twin, err)
	}
	for what, c := range map[string]struct{ authorization, say string }{
		"a bare key":           {text, "the word Bearer"},
		"Basic":                {"Basic dXNlcjpwYXNz", "the word Bearer"},
		"nothing after Bearer": {"Bearer ", "the word Bearer"},
		"two keys":             {"Bearer " + text + ", Bearer " + text, "the word Bearer"},
		"a long token":         {"Bearer " + strings.Repeat("x", maxToken+1), "at most"},
		"a typo":               {"Bearer " + text[:20] + "0" + text[21:], "copy it again"},
		"half a key":           {"Bearer " + text[:40], "copy it again"},
		"an unknown key":       {"Bearer " + NewSecret().Reveal(), errRefused.Error()},
		"a key's twin":         {"Bearer " + twin, errRefused.Error()},
		"a token":              {"Bearer a.b.c", "accepts no other tokens"},
		"the prefix":           {"Bearer " + secret.Prefix(), "copy it again"},
		"the id":               {"Bearer " + key.ID.String(), "accepts no other tokens"},
	} {
		d.refuses(what, c.authorization, c.say)
	}
	before := d.db.count()
	d.refuses("a key's twin", "Bearer "+twin, "")
	d.Close()
	if d.db.count() != before {
		t.Error("a refused key was noted as used")
	}
}

func TestExpiry(t *testing.T) {
	d := newDoor(t)
	secret, _ := d.key(func(k *news.APIKey) { k.ExpiresAt = new(noon.Add(time.Hour)) })
	d.clock.advance(time.Hour - time.Millisecond)
	if _, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); err != nil {
		t.Error(err)
	}
	d.clock.advance(time.Millisecond)
	d.refuses("at the end", "Bearer "+secret.Reveal(), "expired on 2026-03-09T13:00:00Z")
}

// TestRevokedAtOnce: by this program or by another on the same file, the next request is refused, and says no more than that
// of an unknown key.
func TestRevokedAtOnce(t *testing.T) {
	d := newDoor(t)
	mine, first := d.key()
	theirs, second := d.key(func(k *news.APIKey) { k.ExpiresAt = new(noon.Add(time.Hour)) })
	for _, s := range []Secret{mine, theirs} {
		if _, err := d.Caller(t.Context(), "Bearer "+s.Reveal()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Store.RevokeKey(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	d.refuses("revoked here", "Bearer "+mine.Reveal(), errRefused.Error())

	db, err := sqlite.Open(d.path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := store.Open(t.Context(), db, d.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.RevokeKey(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	d.refuses("revoked by another program", "Bearer "+theirs.Reveal(), errRefused.Error())
	d.clock.advance(2 * time.Hour)
	d.refuses("revoked and expired", "Bearer "+theirs.Reveal(), errRefused.Error())
}

func TestClosed(t *testing.T) {
	d := newDoor(t, func(c *Config) { c.Closed = true })
	d.refuses("nobody", "", "closed")
	secret, _ := d.key()
	if _, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); err != nil {
		t.Error(err)
	}
}

func TestRequestCaller(t *testing.T) {
	d := newDoor(t)
	secret, key := d.key()
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	if c, err := d.RequestCaller(r); err != nil || !c.Anonymous() {
		t.Errorf("without a header: %+v, %v", c, err)
	}
	r.Header.Set("Authorization", "Bearer "+secret.Reveal())
	if c, err := d.RequestCaller(r); err != nil || c.KeyID != key.ID {
		t.Errorf("%+v, %v", c, err)
	}
	r.Header.Add("Authorization", "Bearer "+secret.Reveal())
	if c, err := d.RequestCaller(r); news.KindOf(err) != news.Unauthenticated || !strings.Contains(err.Error(), "2 headers") {
		t.Errorf("two headers: %+v, %v", c, err)
	}
	r.Header["Authorization"] = []string{"", "Bearer " + secret.Reveal()}
	if c, err := d.RequestCaller(r); news.KindOf(err) != news.Unauthenticated {
		t.Errorf("an empty header and another: %+v, %v", c, err)
	}
}

func TestTokenOfTheIssuer(t *testing.T) {
	p := newProvider(t, public("1", "RS256", rsaKey))
	d := newDoor(t, func(c *Config) { c.Issuer = p.issuer() })
	token := sign(t, jose.RS256, "1", rsaKey, p.claims(nil))
	c, err := d.Caller(t.Context(), "Bearer "+token)
	if err != nil || c.Name != "u-17" || c.KeyID != 0 || c.Perspective() != news.PerspectivePreview {
		t.Errorf("%+v, %v", c, err)
	}
	secret, key := d.key()
	if c, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); err != nil || c.KeyID != key.ID {
		t.Errorf("a key beside tokens: %+v, %v", c, err)
	}
	d.refuses("damaged", "Bearer "+token[:len(token)-8], "signature")
	d.refuses("an unknown key", "Bearer "+NewSecret().Reveal(), errRefused.Error())
}

// TestLastUse: however many requests, the last use is written once a minute, and no request waits for it.
func TestLastUse(t *testing.T) {
	d := newDoor(t)
	secret, key := d.key()
	other, _ := d.key()
	used := func() *time.Time {
		t.Helper()
		k, err := d.Store.Keys(t.Context(), []news.ID{key.ID})
		if err != nil {
			t.Fatal(err)
		}
		return k[key.ID].LastUsedAt
	}
	ask := func(s Secret) {
		t.Helper()
		if _, err := d.Caller(t.Context(), "Bearer "+s.Reveal()); err != nil {
			t.Fatal(err)
		}
	}
	before := d.db.count()
	gate := make(chan struct{})
	d.db.set(nil, gate) // a writer that does not come to an end
	for range 50 {
		ask(secret)
		ask(other)
	}
	close(gate)
	d.db.set(nil, nil)
	d.writing.Wait()
	if n := d.db.count() - before; n != 2 || used() == nil || !used().Equal(noon) {
		t.Errorf("%d writes for two keys, last use %v", n, used())
	}
	d.clock.advance(59 * time.Second)
	ask(secret)
	d.writing.Wait()
	if n := d.db.count() - before; n != 2 {
		t.Errorf("%d writes within a minute", n)
	}
	d.clock.advance(time.Second)
	ask(secret)
	d.writing.Wait()
	if n := d.db.count() - before; n != 3 || !used().Equal(noon.Add(time.Minute)) {
		t.Errorf("%d writes, last use %v", n, used())
	}
	// A failed write stops nobody; it is told once, and tried again after a minute.
	d.db.set(errors.New("no room"), nil)
	d.clock.advance(time.Minute)
	for range 10 {
		ask(secret)
	}
	d.writing.Wait()
	if got := d.failures.text(); strings.Count(got, "no room") != 1 || !strings.Contains(got, secret.Prefix()) || strings.Contains(got, secret.Reveal()) {
		t.Errorf("the failure was told as %q", got)
	}
	d.db.set(nil, nil)
	d.clock.advance(time.Minute)
	ask(secret)
	d.Close()
	if !used().Equal(noon.Add(3 * time.Minute)) {
		t.Errorf("last use %v", used())
	}
	// Closed, it still answers and writes nothing.
	d.clock.advance(time.Minute)
	before = d.db.count()
	ask(secret)
	if d.writing.Wait(); d.db.count() != before {
		t.Error("a closed authenticator wrote")
	}
}

// TestRestartedServer: what another program noted in this minute is not written again.
func TestRestartedServer(t *testing.T) {
	d := newDoor(t)
	secret, _ := d.key()
	for range 2 {
		if _, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); err != nil {
			t.Fatal(err)
		}
		d.Close()
		d.Authenticator = New(d.Config)
	}
	before := d.db.count()
	if _, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); err != nil {
		t.Fatal(err)
	}
	if d.Close(); d.db.count() != before {
		t.Error("the same minute was written again")
	}
}

// TestBrokenDatabase: a fault is no refusal, and certainly no entry.
func TestBrokenDatabase(t *testing.T) {
	d := newDoor(t)
	secret, _ := d.key()
	if err := d.db.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if c, err := d.Caller(t.Context(), "Bearer "+secret.Reveal()); c != nil || news.KindOf(err) != news.Internal {
		t.Errorf("%+v, %v", c, err)
	}
}

func BenchmarkKeyCaller(b *testing.B) {
	d := newDoor(b)
	secret, _ := d.key()
	authorization := "Bearer " + secret.Reveal()
	for b.Loop() {
		if _, err := d.Caller(context.Background(), authorization); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokenCaller(b *testing.B) {
	p := newProvider(b, public("r", "RS256", rsaKey), public("e", "ES256", p256))
	i := p.issuer()
	for name, token := range map[string]string{"RS256": sign(b, jose.RS256, "r", rsaKey, p.claims(nil)), "ES256": sign(b, jose.ES256, "e", p256, p.claims(nil))} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := i.Caller(context.Background(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
