package access

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/dateline-cms/dateline/internal/news"
)

var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

// A clock is set by hand.
type clock struct {
	sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.time = c.time.Add(d)
}

// failures are what was reported to nobody in particular.
type failures struct {
	sync.Mutex
	all []string
}

func (f *failures) add(err error) {
	f.Lock()
	defer f.Unlock()
	f.all = append(f.all, err.Error())
}

func (f *failures) text() string {
	f.Lock()
	defer f.Unlock()
	return strings.Join(f.all, "\n")
}

// Made once: a key takes a while.
var (
	rsaKey, otherKey = newRSA(2048), newRSA(2048)
	weakKey          = newRSA(1024)
	p256, p384       = newEC(elliptic.P256()), newEC(elliptic.P384())
	_, edKey, _      = ed25519.GenerateKey(rand.Reader)
)

func newRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func newEC(curve elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

// A provider is an OpenID Connect provider on this machine.
type provider struct {
	*httptest.Server
	t        testing.TB
	clock    *clock
	failures failures

	mu        sync.Mutex
	published []any                                // JSON Web Keys
	answer    map[string]func(http.ResponseWriter) // in place of a document
	asked     map[string]int
}

const (
	discovery = "/.well-known/openid-configuration"
	jwks      = "/keys"
	audience  = "https://api.news.example"
)

func newProvider(t testing.TB, keys ...any) *provider {
	p := &provider{t: t, clock: &clock{time: noon}, published: keys, asked: map[string]int{}, answer: map[string]func(http.ResponseWriter){}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[r.URL.Path]++
	if answer := p.answer[r.URL.Path]; answer != nil {
		answer(w)
		return
	}
	switch r.URL.Path {
	case discovery:
		json.NewEncoder(w).Encode(map[string]any{"issuer": p.URL, "jwks_uri": p.URL + jwks, "id_token_signing_alg_values_supported": []string{"none", "HS256"}})
	case jwks:
		json.NewEncoder(w).Encode(map[string]any{"keys": p.published})
	default:
		http.NotFound(w, r)
	}
}

func (p *provider) publish(keys ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.published = keys
}

// misbehave answers a document so; nil ends it.
func (p *provider) misbehave(path string, answer func(http.ResponseWriter)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer[path] = answer
}

func (p *provider) fetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[jwks]
}

func public(id, algorithm string, key crypto.Signer) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: algorithm, Use: "sig"}
}

var roles = map[string][]news.Scope{
	"editor":          {news.ScopeContentRead, news.ScopeContentEdit},
	"chief":           {news.ScopeContentEdit, news.ScopeContentPublish},
	"cn=desk,o=Paper": {news.ScopeEventsEdit},
}

func (p *provider) issuer() *Issuer {
	p.t.Helper()
	i, err := NewIssuer(IssuerConfig{URL: p.URL, Audience: audience, RoleClaim: "scope", Roles: roles, Now: p.clock.now, Failed: p.failures.add})
	if err != nil {
		p.t.Fatal(err)
	}
	return i
}

type claims = map[string]any

// claims are good ones, with changes; nil takes a claim away.
func (p *provider) claims(changes claims) claims {
	now := p.clock.now()
	all := claims{"iss": p.URL, "aud": audience, "sub": "u-17", "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "scope": "openid editor"}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// sign makes a token as a provider does.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, id string, key any, all claims, header ...string) string {
	t.Helper()
	opt := (&jose.SignerOptions{}).WithType("at+jwt")
	for i := 0; i < len(header); i += 2 {
		opt = opt.WithHeader(jose.HeaderKey(header[i]), header[i+1])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// byHand makes a token that no library would.
func byHand(header, payload any, signature func(input string) []byte) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	input := part(header) + "." + part(payload)
	return input + "." + base64.RawURLEncoding.EncodeToString(signature(input))
}

func refuses(t *testing.T, i *Issuer, what, token string, kind news.Kind, say string) {
	t.Helper()
	c, err := i.Caller(t.Context(), token)
	if c != nil || err == nil || news.KindOf(err) != kind || !strings.Contains(err.Error(), say) {
		t.Errorf("%s: got %+v, %v; want %s that says %q", what, c, err, kind, say)
	}
}

func TestTokensOfEveryAlgorithm(t *testing.T) {
	signers := map[jose.SignatureAlgorithm]crypto.Signer{
		jose.RS256: rsaKey, jose.RS384: rsaKey, jose.RS512: rsaKey, jose.PS256: rsaKey, jose.PS384: rsaKey, jose.PS512: rsaKey,
		jose.ES256: p256, jose.ES384: p384, jose.ES512: newEC(elliptic.P521()), jose.EdDSA: edKey,
	}
	if len(signers) != len(algorithms) {
		t.Errorf("%d algorithms are tested of %d", len(signers), len(algorithms))
	}
	var keys []any
	for a, k := range signers {
		keys = append(keys, public("k-"+string(a), string(a), k))
	}
	p := newProvider(t, keys...)
	i := p.issuer()
	for a, k := range signers {
		c, err := i.Caller(t.Context(), sign(t, a, "k-"+string(a), k, p.claims(nil)))
		if err != nil || c.Name != "u-17" || !slices.Equal(c.Scopes, roles["editor"]) {
			t.Errorf("%s: %+v, %v", a, c, err)
		}
	}
	p.clock.advance(freshFor - time.Second)
	if _, err := i.Caller(t.Context(), sign(t, jose.RS256, "k-RS256", rsaKey, p.claims(nil))); err != nil {
		t.Error(err)
	}
	settle(i)
	if p.fetches() != 1 {
		t.Errorf("the keys were fetched %d times, want once", p.fetches())
	}
}

func TestRefusedTokens(t *testing.T) {
	// The keys carry no algorithm: nothing but our own list stands between a token and its own choice.
	// The key "a" is for one algorithm only.
	bare := func(id string, k crypto.Signer) jose.JSONWebKey { return jose.JSONWebKey{Key: k.Public(), KeyID: id} }
	p := newProvider(t, bare("r", rsaKey), bare("e", p256), bare("w", weakKey), public("a", "RS256", rsaKey),
		jose.JSONWebKey{Key: p384.Public(), KeyID: "enc", Use: "enc"},
		jose.JSONWebKey{Key: []byte("a secret that a provider should never publish"), KeyID: "oct"},
		map[string]any{"kty": "NEW", "kid": "n", "x": "1"}, "no object")
	i := p.issuer()
	good := sign(t, jose.RS256, "r", rsaKey, p.claims(nil))
	if _, err := i.Caller(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	der := x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)
	spki, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	mac := func(secret []byte) func(string) []byte {
		return func(input string) []byte {
			m := hmac.New(sha256.New, secret)
			m.Write([]byte(input))
			return m.Sum(nil)
		}
	}
	nothing := func(string) []byte { return nil }
	now := noon
	for what, c := range map[string]struct{ token, say string }{
		"wrong audience":                     {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"aud": "shop"})), `for ["shop"] and not`},
		"several wrong ones":                 {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"aud": []string{"shop", audience + "/"}})), "audience"},
		"no audience":                        {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"aud": nil})), "audience"},
		"wrong issuer":                       {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"iss": p.URL + "/"})), "accepts those of " + p.URL},
		"no issuer":                          {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"iss": nil})), "accepts those of"},
		"expired":                            {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"exp": now.Add(-leeway - time.Second).Unix()})), "expired at 2026-03-09T11:58:59Z"},
		"no end":                             {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"exp": nil})), "no end"},
		"not yet valid":                      {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"nbf": now.Add(leeway + time.Second).Unix()})), "not valid yet"},
		"made in the future":                 {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"iat": now.Add(leeway + time.Second).Unix()})), "not valid yet"},
		"nobody's":                           {sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"sub": nil})), "whose it is"},
		"notice of logout":                   {sign(t, jose.RS256, "r", rsaKey, p.claims(nil), "typ", "logout+jwt"), "logout+jwt"},
		"another's key":                      {sign(t, jose.RS256, "r", otherKey, p.claims(nil)), "signature"},
		"another's, no id":                   {sign(t, jose.RS256, "", otherKey, p.claims(nil)), "signature"},
		"unknown key":                        {sign(t, jose.RS256, "x", otherKey, p.claims(nil)), "does not publish"},
		"weak key":                           {sign(t, jose.RS256, "w", weakKey, p.claims(nil)), "does not publish"},
		"another algorithm":                  {sign(t, jose.PS256, "a", rsaKey, p.claims(nil)), "does not publish"},
		"key for encryption":                 {sign(t, jose.ES384, "enc", p384, p.claims(nil)), "does not publish"},
		"key of another kind":                {sign(t, jose.ES256, "r", p256, p.claims(nil)), "signature"},
		"a critical header":                  {sign(t, jose.RS256, "r", rsaKey, p.claims(nil), "crit", "x"), ""},
		"alg none":                           {byHand(claims{"alg": "none", "kid": "r", "typ": "JWT"}, p.claims(nil), nothing), "not a JSON Web Token signed with"},
		"alg NONE":                           {byHand(claims{"alg": "NONE", "kid": "r"}, p.claims(nil), nothing), "not a JSON Web Token signed with"},
		"no alg":                             {byHand(claims{"kid": "r"}, p.claims(nil), nothing), "not a JSON Web Token signed with"},
		"no signature":                       {byHand(claims{"alg": "RS256", "kid": "r"}, p.claims(nil), nothing), "signature"},
		"public key as the secret (PKCS 1)":  {byHand(claims{"alg": "HS256", "kid": "r"}, p.claims(nil), mac(der)), "not a JSON Web Token signed with"},
		"public key as the secret (PEM)":     {byHand(claims{"alg": "HS256", "kid": "r"}, p.claims(nil), mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))), "not a JSON Web Token signed with"},
		"public key as the secret (modulus)": {byHand(claims{"alg": "HS256", "kid": "r"}, p.claims(nil), mac(rsaKey.N.Bytes())), "not a JSON Web Token signed with"},
		"published secret":                   {byHand(claims{"alg": "HS256", "kid": "oct"}, p.claims(nil), mac([]byte("a secret that a provider should never publish"))), "not a JSON Web Token signed with"},
		"key in the token":                   {byHand(claims{"alg": "RS256", "jwk": public("j", "RS256", otherKey)}, p.claims(nil), func(in string) []byte { return rs256(otherKey, in) }), "signature"},
		"claims changed":                     {good[:strings.Index(good, ".")] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + good[strings.LastIndex(good, "."):], "signature"},
		"signature cut":                      {good[:len(good)-8], "signature"},
		"payload no JSON":                    {byHand(claims{"alg": "RS256", "kid": "r"}, "text", func(in string) []byte { return rs256(rsaKey, in) }), ""},
		"two parts":                          {good[:strings.LastIndex(good, ".")], "not a JSON Web Token"},
		"encrypted":                          {"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", "not a JSON Web Token"},
		"no token":                           {"opaque-token-of-a-provider", "not a JSON Web Token"},
		"the claim sub twice":                {twice(p), ""},
	} {
		refuses(t, i, what, c.token, news.Unauthenticated, c.say)
	}
	if text := p.failures.text(); text != "" {
		t.Error(text)
	}
}

func rs256(key *rsa.PrivateKey, input string) []byte {
	sum := sha256.Sum256([]byte(input))
	s, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return s
}

// twice is a rightly signed token that names two subjects.
func twice(p *provider) string {
	b, err := json.Marshal(p.claims(nil))
	if err != nil {
		p.t.Fatal(err)
	}
	return byHand(claims{"alg": "RS256", "kid": "r"}, json.RawMessage(strings.Replace(string(b), "{", `{"sub":"root",`, 1)), func(in string) []byte { return rs256(rsaKey, in) })
}

// TestClockSkew: clocks a minute apart do not matter, in either direction.
func TestClockSkew(t *testing.T) {
	p := newProvider(t, public("r", "RS256", rsaKey))
	i := p.issuer()
	for _, c := range []claims{
		{"exp": noon.Add(-leeway).Unix()}, {"nbf": noon.Add(leeway).Unix()}, {"iat": noon.Add(leeway).Unix()},
		{"exp": float64(noon.Unix()) + 0.5}, {"iat": nil}, {"nbf": noon.Add(-time.Hour).Unix()},
	} {
		if _, err := i.Caller(t.Context(), sign(t, jose.RS256, "r", rsaKey, p.claims(c))); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestRolesAndNames(t *testing.T) {
	p := newProvider(t, public("r", "RS256", rsaKey))
	for _, c := range []struct {
		claim  string
		claims claims
		scopes []news.Scope
		name   string
	}{
		{"scope", claims{"scope": "chief  editor x editor"}, []news.Scope{news.ScopeContentEdit, news.ScopeContentPublish, news.ScopeContentRead}, "u-17"},
		{"roles", claims{"roles": []any{"x", 7, nil, "cn=desk,o=Paper"}, "name": "Ada \u202e Lovelace\n"}, []news.Scope{news.ScopeEventsEdit}, "Ada  Lovelace (u-17)"},
		{"realm_access.roles", claims{"realm_access": claims{"roles": []string{"editor"}}, "preferred_username": "ada"}, roles["editor"], "ada (u-17)"},
		{"https://news.example/roles", claims{"https://news.example/roles": []string{"editor"}, "email": "ada@news.example"}, roles["editor"], "ada@news.example (u-17)"},
		{"a.b.c", claims{"a.b": claims{"c": "editor"}, "a": claims{"x": "chief"}, "name": strings.Repeat("ä", 300)}, roles["editor"], strings.Repeat("ä", 100) + " (u-17)"},
		{"scope", claims{"name": "u-17"}, roles["editor"], "u-17"},
	} {
		i := p.issuer()
		i.RoleClaim = c.claim
		caller, err := i.Caller(t.Context(), sign(t, jose.RS256, "r", rsaKey, p.claims(c.claims)))
		if err != nil {
			t.Errorf("%s: %v", c.claim, err)
			continue
		}
		if !slices.Equal(caller.Scopes, c.scopes) || caller.Name != c.name || caller.KeyID != 0 || caller.BodyDepth != news.BodyFull || caller.Anonymous() {
			t.Errorf("%s: got %+v, want %v for %q", c.claim, caller, c.scopes, c.name)
		}
	}
	i := p.issuer()
	for _, scope := range []any{nil, "", "openid", "CONTENT_EDIT KEYS_MANAGE", "Editor", claims{"editor": true}, true, []any{[]any{"editor"}}} {
		refuses(t, i, fmt.Sprint(scope), sign(t, jose.RS256, "r", rsaKey, p.claims(claims{"scope": scope})), news.Forbidden, "claim scope")
	}
}

// settle waits for the fetch that runs, and begins none.
func settle(i *Issuer) {
	i.keys.mu.Lock()
	running := i.keys.running
	i.keys.mu.Unlock()
	if running != nil {
		<-running
	}
}

// TestRotation: a new key is accepted at once, a withdrawn one is refused within the hour, and strangers cannot make us ask.
func TestRotation(t *testing.T) {
	p := newProvider(t, public("1", "RS256", rsaKey))
	i := p.issuer()
	old := func() string { return sign(t, jose.RS256, "1", rsaKey, p.claims(nil)) }
	next := func() string { return sign(t, jose.ES256, "2", p256, p.claims(nil)) }
	accepts := func(what, token string) {
		t.Helper()
		if _, err := i.Caller(t.Context(), token); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	accepts("the first key", old())
	refuses(t, i, "a key that is not published yet", next(), news.Unauthenticated, "does not publish")
	p.clock.advance(pause)
	p.publish(public("1", "RS256", rsaKey), public("2", "ES256", p256))
	accepts("the new key", next())
	accepts("the old key beside it", old())
	if p.fetches() != 2 {
		t.Errorf("%d fetches, want 2", p.fetches())
	}
	for n := range 100 {
		refuses(t, i, "a made-up key", sign(t, jose.ES256, fmt.Sprint("made-up", n), p256, p.claims(nil)), news.Unauthenticated, "does not publish")
	}
	if p.fetches() != 2 {
		t.Errorf("tokens with made-up keys caused %d fetches", p.fetches()-2)
	}
	p.publish(public("2", "ES256", p256))
	accepts("a withdrawn key while ours are fresh", old())
	p.clock.advance(freshFor)
	accepts("the token that has the keys fetched again", next()) // beside it
	settle(i)
	refuses(t, i, "the withdrawn key", old(), news.Unauthenticated, "does not publish")
	accepts("the new key alone", next())
	if p.fetches() != 3 {
		t.Errorf("%d fetches, want 3", p.fetches())
	}
}

// TestProviderOutOfReach: known keys are good for a day, and then nothing is.
func TestProviderOutOfReach(t *testing.T) {
	p := newProvider(t, public("1", "RS256", rsaKey))
	i := p.issuer()
	token := func() string { return sign(t, jose.RS256, "1", rsaKey, p.claims(nil)) }
	down := func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	p.misbehave(jwks, down)
	refuses(t, i, "before the first keys", token(), news.Unavailable, "try again")
	p.misbehave(jwks, nil)
	refuses(t, i, "within the pause", token(), news.Unavailable, "try again")
	p.clock.advance(pause)
	if _, err := i.Caller(t.Context(), token()); err != nil {
		t.Fatal(err)
	}
	p.misbehave(discovery, down)
	p.clock.advance(keptFor - time.Second)
	if _, err := i.Caller(t.Context(), token()); err != nil {
		t.Errorf("keys of less than a day: %v", err)
	}
	settle(i)
	p.clock.advance(time.Second)
	refuses(t, i, "keys of a day ago", token(), news.Unavailable, "try again")
	p.misbehave(discovery, nil)
	p.clock.advance(pause)
	if _, err := i.Caller(t.Context(), token()); err != nil {
		t.Errorf("after the provider came back: %v", err)
	}
	if got := p.failures.text(); strings.Count(got, "\n") != 1 || strings.Count(got, "502 Bad Gateway") != 2 || !strings.Contains(got, p.URL) {
		t.Errorf("the failures were told as %q", got)
	}
}

func TestProvidersDocuments(t *testing.T) {
	text := func(s string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.Write([]byte(s)) }
	}
	for what, c := range map[string]struct {
		path   string
		answer func(p *provider) func(http.ResponseWriter)
		say    string
	}{
		"another's document": {discovery, func(p *provider) func(http.ResponseWriter) {
			return text(`{"issuer":"https://evil.example","jwks_uri":"` + p.URL + jwks + `"}`)
		}, `issuer "https://evil.example"`},
		"no JSON": {discovery, func(*provider) func(http.ResponseWriter) { return text("<html>") }, "JSON"},
		"keys without TLS": {discovery, func(p *provider) func(http.ResponseWriter) {
			return text(`{"issuer":"` + p.URL + `","jwks_uri":"http://keys.example/"}`)
		}, "https://"},
		"keys in a file": {discovery, func(p *provider) func(http.ResponseWriter) {
			return text(`{"issuer":"` + p.URL + `","jwks_uri":"file:///keys"}`)
		}, "no address"},
		"no place of keys": {discovery, func(p *provider) func(http.ResponseWriter) { return text(`{"issuer":"` + p.URL + `"}`) }, "jwks_uri"},
		"redirected": {discovery, func(p *provider) func(http.ResponseWriter) {
			return func(w http.ResponseWriter) { w.Header().Set("Location", p.URL+jwks); w.WriteHeader(http.StatusFound) }
		}, "redirects"},
		"endless keys": {jwks, func(*provider) func(http.ResponseWriter) {
			return text(`{"keys":["` + strings.Repeat("x", maxDocument))
		}, "longer than"},
		"no keys": {jwks, func(*provider) func(http.ResponseWriter) { return text(`{"keys":[]}`) }, "no key"},
		"only a secret": {jwks, func(*provider) func(http.ResponseWriter) {
			return text(`{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"1"}]}`)
		}, "no key"},
		"keys no object": {jwks, func(*provider) func(http.ResponseWriter) { return text(`[]`) }, "JSON"},
	} {
		p := newProvider(t, public("1", "RS256", rsaKey))
		p.misbehave(c.path, c.answer(p))
		refuses(t, p.issuer(), what, sign(t, jose.RS256, "1", rsaKey, p.claims(nil)), news.Unavailable, "cannot be fetched")
		if got := p.failures.text(); !strings.Contains(got, c.say) {
			t.Errorf("%s: told as %q, want %q", what, got, c.say)
		}
	}
}

// TestManyCallersFetchOnce: those that come while the keys are fetched wait for them, and may give up.
func TestManyCallersFetchOnce(t *testing.T) {
	p := newProvider(t, public("1", "RS256", rsaKey))
	i := p.issuer()
	p.mu.Lock() // the provider is slow
	token := sign(t, jose.RS256, "1", rsaKey, p.claims(nil))
	impatient, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := i.Caller(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	gaveUp := make(chan error)
	go func() {
		_, err := i.Caller(impatient, token)
		gaveUp <- err
	}()
	cancel()
	if err := <-gaveUp; err != context.Canceled {
		t.Errorf("who gave up got %v", err)
	}
	p.mu.Unlock()
	group.Wait()
	if p.fetches() != 1 {
		t.Errorf("%d fetches, want 1", p.fetches())
	}
}

func TestIssuerConfig(t *testing.T) {
	valid := IssuerConfig{URL: "https://login.example/realms/paper", Audience: "x", RoleClaim: "scope", Roles: roles}
	if _, err := NewIssuer(valid); err != nil {
		t.Fatal(err)
	}
	for say, spoil := range map[string]func(*IssuerConfig){
		"no address":        func(c *IssuerConfig) { c.URL = "login.example" },
		"https://":          func(c *IssuerConfig) { c.URL = "http://login.example" },
		"without one":       func(c *IssuerConfig) { c.Audience = "" },
		"name of the claim": func(c *IssuerConfig) { c.RoleClaim = "" },
		"at least one":      func(c *IssuerConfig) { c.Roles = nil },
		"has a query":       func(c *IssuerConfig) { c.URL += "?x=1" },
	} {
		c := valid
		spoil(&c)
		if _, err := NewIssuer(c); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%+v: got %v, want %q", c, err, say)
		}
	}
	for _, local := range []string{"http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"} {
		c := valid
		c.URL = local
		if _, err := NewIssuer(c); err != nil {
			t.Error(err)
		}
	}
}

func FuzzToken(f *testing.F) {
	p := newProvider(f, public("1", "RS256", rsaKey))
	i := p.issuer()
	good := byHand(claims{"alg": "RS256", "kid": "1"}, p.claims(nil), func(in string) []byte { return rs256(rsaKey, in) })
	if _, err := i.Caller(f.Context(), good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(byHand(claims{"alg": "none"}, p.claims(nil), func(string) []byte { return nil }))
	f.Add(byHand(claims{"alg": "RS256", "kid": "1", "crit": []string{"b64"}, "b64": false}, p.claims(nil), func(in string) []byte { return rs256(rsaKey, in) }))
	f.Fuzz(func(t *testing.T, token string) {
		c, err := i.Caller(t.Context(), token)
		if (c == nil) == (err == nil) || c != nil && token[:strings.LastIndex(token, ".")] != good[:strings.LastIndex(good, ".")] {
			t.Errorf("%q gives %+v, %v", token, c, err)
		}
		if kind := news.KindOf(err); err != nil && kind != news.Unauthenticated {
			t.Errorf("%q: %s: %v", token, kind, err)
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add(`{"sub":"a","name":"b","realm_access":{"roles":["editor"]}}`, "realm_access.roles")
	f.Add(`{"a.b":{"c":"x y"}}`, "a.b.c")
	f.Add(`{"":{"":[""]}}`, ".")
	f.Fuzz(func(t *testing.T, text, name string) {
		var all map[string]any
		if json.Unmarshal([]byte(text), &all) != nil {
			t.Skip()
		}
		for _, w := range words(claim(all, name)) {
			if !strings.Contains(fmt.Sprint(all), w) {
				t.Errorf("the role %q is not in %s", w, text)
			}
		}
		if got := nameOf("u", all); !strings.HasSuffix(got, "u") && !strings.HasSuffix(got, "(u)") {
			t.Errorf("the name %q hides whose it is", got)
		}
	})
}
