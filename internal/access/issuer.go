package access

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/dateline-cms/dateline/internal/news"
)

// IssuerConfig names an OpenID Connect provider and says what its tokens are good for.
type IssuerConfig struct {
	URL      string // exactly as in the provider's discovery document and in the claim iss
	Audience string // what must be among the claim aud: this API's name at the provider

	// RoleClaim holds a caller's roles, as a list or as words in a text. A name with dots that is no claim itself leads into
	// objects, as Keycloak's realm_access.roles does.
	RoleClaim string
	// Roles are the scopes that each role gives. Roles that are not listed give nothing.
	Roles map[string][]news.Scope

	Now    func() time.Time
	Failed func(error) // told when the provider's keys cannot be fetched; may be called from any goroutine
}

// Issuer checks the tokens of one OpenID Connect provider: JSON Web Tokens (RFC 7519) that the provider signed for this API,
// access tokens (RFC 9068) and ID tokens alike. It is safe for concurrent use.
type Issuer struct {
	IssuerConfig
	keys *keySet
}

// NewIssuer checks the configuration. It does not ask the provider.
func NewIssuer(c IssuerConfig) (*Issuer, error) {
	if err := checkAddress(c.URL); err != nil {
		return nil, fmt.Errorf("the issuer: %w", err)
	}
	switch {
	case strings.Contains(c.URL, "?"):
		return nil, fmt.Errorf("the issuer %q has a query; write it exactly as the provider calls itself", c.URL)
	case c.Audience == "":
		return nil, errors.New("the issuer needs an audience: without one, a token made for any other program would open this one")
	case strings.TrimSpace(c.RoleClaim) == "":
		return nil, errors.New("the issuer needs the name of the claim that holds the roles, such as scope or roles")
	case len(c.Roles) == 0:
		return nil, errors.New("no role of the issuer is mapped to a scope, so its tokens would give no rights: map at least one")
	}
	return &Issuer{IssuerConfig: c, keys: &keySet{issuer: c.URL, now: c.Now, failed: c.Failed}}, nil
}

// checkAddress refuses what could be read or changed on the way.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%q is no address; write it as https://login.example", address)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fmt.Errorf("%q must begin with https://, since keys are read from there; http:// is for this machine only", address)
	}
	return nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// algorithms are those whose keys a provider can publish. None and those with a shared secret (HS256 and the like) are not
// among them: with those, anybody could sign with the public key as the secret.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// types are those of access and ID tokens. A provider signs other things too, such as notices of logout.
var types = []string{"", "jwt", "at+jwt", "application/at+jwt"}

// leeway is how far the clocks may be apart.
const leeway = time.Minute

// Caller is who holds the token. An error is Unauthenticated when the token is not valid, and says why: whoever sends it can
// read all of it. It is Forbidden when the token is valid and none of its roles is mapped.
func (i *Issuer) Caller(ctx context.Context, token string) (*news.Caller, error) {
	parsed, err := jwt.ParseSigned(token, algorithms)
	if err != nil || len(parsed.Headers) != 1 {
		return nil, news.Unauthenticatedf("the token is not a JSON Web Token signed with one of %v", algorithms)
	}
	header := parsed.Headers[0]
	if kind, _ := header.ExtraHeaders[jose.HeaderType].(string); !slices.Contains(types, strings.ToLower(kind)) {
		return nil, news.Unauthenticatedf("a token of the type %q is no access token; send the access token", kind)
	}
	keys, err := i.keys.find(ctx, header.KeyID, header.Algorithm)
	if err != nil {
		return nil, err
	}
	var claims jwt.Claims
	var all map[string]any
	for _, key := range keys {
		if err = parsed.Claims(key, &claims, &all); err == nil {
			return i.caller(claims, all)
		}
	}
	return nil, news.Unauthenticatedf("the token is damaged: its signature does not fit")
}

// caller reads claims whose signature was verified.
func (i *Issuer) caller(claims jwt.Claims, all map[string]any) (*news.Caller, error) {
	err := claims.ValidateWithLeeway(jwt.Expected{Issuer: i.URL, AnyAudience: jwt.Audience{i.Audience}, Time: i.Now()}, leeway)
	switch {
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return nil, news.Unauthenticatedf("the token is of %q; this server accepts those of %s", claims.Issuer, i.URL)
	case errors.Is(err, jwt.ErrInvalidAudience):
		return nil, news.Unauthenticatedf("the token is for %q and not for this API; ask the identity provider for one with the audience %q", []string(claims.Audience), i.Audience)
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return nil, news.Unauthenticatedf("the token is not valid yet; wait, or set the clocks right")
	case claims.Expiry == nil:
		return nil, news.Unauthenticatedf("the token has no end (the claim exp); only tokens that expire are accepted")
	case errors.Is(err, jwt.ErrExpired):
		return nil, news.Unauthenticatedf("the token expired at %s; get a new one", claims.Expiry.Time().UTC().Format(time.RFC3339))
	case err != nil:
		return nil, news.Unauthenticatedf("the token is not valid: %v", err)
	case claims.Subject == "":
		return nil, news.Unauthenticatedf("the token does not say whose it is (the claim sub)")
	}
	c := &news.Caller{Name: nameOf(claims.Subject, all), Grant: news.Grant{BodyDepth: news.BodyFull}}
	roles := words(claim(all, i.RoleClaim))
	for _, role := range roles {
		for _, s := range i.Roles[role] {
			if !c.Has(s) {
				c.Scopes = append(c.Scopes, s)
			}
		}
	}
	if len(c.Scopes) == 0 {
		return nil, news.Forbiddenf("none of the roles in the token's claim %s gives rights here: it has %q; ask the site's operator to map one", i.RoleClaim, roles)
	}
	return c, nil
}

// claim is the value of that name, or, for a name with dots, the one that it leads to; nil when there is none.
func claim(all map[string]any, name string) any {
	if value, ok := all[name]; ok {
		return value
	}
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		if inner, ok := all[name[:i]].(map[string]any); ok {
			if value := claim(inner, name[i+1:]); value != nil {
				return value
			}
		}
	}
	return nil
}

// words are the texts of a list, or those of one text between spaces, as the claim scope has them.
func words(value any) (found []string) {
	switch value := value.(type) {
	case string:
		return strings.Fields(value)
	case []any:
		for _, v := range value {
			if text, ok := v.(string); ok {
				found = append(found, text)
			}
		}
	}
	return found
}

// nameOf names a person or program for the journal. Names and addresses can be changed by their owners, so the subject, which
// cannot, always stands beside them.
func nameOf(subject string, all map[string]any) string {
	for _, name := range []string{"name", "preferred_username", "email"} {
		if text, _ := all[name].(string); shown(text) != "" && text != subject {
			return shown(text) + " (" + shown(subject) + ")"
		}
	}
	return shown(subject)
}

// shown is at most 100 characters of a text, without those that nobody sees.
func shown(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if unicode.IsPrint(r) && n < 100 {
			b.WriteRune(r)
			n++
		}
	}
	return strings.TrimSpace(b.String())
}
