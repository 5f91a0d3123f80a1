package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// Config is what an [Authenticator] needs.
type Config struct {
	Store  *store.Store
	Now    func() time.Time
	Issuer *Issuer // of tokens that are accepted; nil for none
	Closed bool    // whether every caller must say who it is

	// Failed is told of failures that no caller waits for. It may be called from several goroutines at once.
	Failed func(error)
}

// Authenticator says who sends a request. It is safe for concurrent use.
//
// It keeps no key in memory: each request reads its key by an index, which takes some twenty microseconds, so that a key that was
// revoked, by this program or another, is refused from the next request on.
type Authenticator struct {
	Config
	mu      sync.Mutex
	closed  bool
	noted   map[news.ID]time.Time // when the last use of a key was last written
	writing sync.WaitGroup
}

// New makes an authenticator. The caller closes it before the store.
func New(c Config) *Authenticator {
	return &Authenticator{Config: c, noted: map[news.ID]time.Time{}}
}

// Close waits until the last uses of keys are written. Later ones are not.
func (a *Authenticator) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.writing.Wait()
}

// RequestCaller is who sends the request, by its header Authorization, and what its preview token shows. See
// [Authenticator.Caller] and [Authenticator.Preview].
func (a *Authenticator) RequestCaller(r *http.Request) (*news.Caller, error) {
	all := r.Header.Values("Authorization")
	if len(all) > 1 {
		return nil, news.Unauthenticatedf("there are %d headers Authorization; send one", len(all))
	}
	caller, err := a.Caller(r.Context(), strings.Join(all, ""))
	if err != nil {
		return nil, err
	}
	if caller.Preview, err = a.requestPreview(r); err != nil {
		return nil, err
	}
	return caller, nil
}

// Caller is who sends authorization, the value of a header Authorization: "Bearer" and an API key or a token. Without any it
// is [news.AnyCaller], unless the API is closed. Errors are Unauthenticated when the key or token is not valid, and Forbidden
// when a valid token gives no rights here.
//
// The answer holds for the moment. Whoever serves a caller for long asks again: a key may have been revoked, a token may have
// expired.
func (a *Authenticator) Caller(ctx context.Context, authorization string) (*news.Caller, error) {
	if authorization == "" {
		if a.Closed {
			return nil, news.Unauthenticatedf("this API is closed; send an API key as the header Authorization: Bearer KEY")
		}
		return news.AnyCaller(), nil
	}
	token, err := bearer(authorization)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(token, secretMark):
		return a.keyCaller(ctx, token)
	case a.Issuer == nil:
		return nil, news.Unauthenticatedf("this is not an API key, which begins with %s, and this server accepts no other tokens", secretMark)
	}
	return a.Issuer.Caller(ctx, token)
}

// maxToken bounds what is looked at; providers' tokens with many groups have a few thousand bytes.
const maxToken = 16 << 10

// bearer is the token of a header's value (RFC 6750, section 2.1).
func bearer(authorization string) (string, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	token = strings.TrimSpace(token)
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t,"):
		return "", news.Unauthenticatedf("the header Authorization must be the word Bearer, a space and an API key or token")
	case len(token) > maxToken:
		return "", news.Unauthenticatedf("the token has %d bytes; at most %d are accepted", len(token), maxToken)
	}
	return token, nil
}

// errRefused is the same for unknown and revoked keys: most keys are revoked because they leaked, and whoever holds such a
// one need not learn that it was ever good, nor that its loss was noticed.
var errRefused = news.Unauthenticatedf("the API key is not valid: it is unknown or was revoked; ask the site's operator for another")

func (a *Authenticator) keyCaller(ctx context.Context, token string) (*news.Caller, error) {
	secret, err := ParseSecret(token)
	if err != nil {
		return nil, err
	}
	key, stored, err := a.Store.KeyByPrefix(ctx, secret.Prefix())
	if news.KindOf(err) == news.NotFound {
		return nil, errRefused
	}
	if err != nil {
		return nil, err
	}
	hash, now := secret.Hash(), a.Now()
	switch {
	case subtle.ConstantTimeCompare(hash[:], stored) != 1 || key.RevokedAt != nil:
		return nil, errRefused
	case key.ExpiredAt(now):
		// Only the holder of the whole secret gets here, and the partner whose key has ended should know why.
		return nil, news.Unauthenticatedf("the API key expired on %s; ask the site's operator for a new one", key.ExpiresAt.Format(time.RFC3339))
	}
	a.touch(key, now)
	return key.Caller(), nil
}

// touchEvery is how exactly the last use of a key is known.
const touchEvery = time.Minute

// touch has the use of a key written, once a minute at most, while the request goes on.
func (a *Authenticator) touch(key *news.APIKey, now time.Time) {
	now = now.UTC().Truncate(touchEvery)
	if key.LastUsedAt != nil && !now.After(*key.LastUsedAt) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || !now.After(a.noted[key.ID]) {
		return
	}
	a.noted[key.ID] = now
	a.writing.Go(func() {
		// The request may end before; the store's own time limit for writes applies.
		if err := a.Store.TouchKey(context.Background(), key.ID, now); err != nil {
			a.Failed(fmt.Errorf("the last use of the API key %s could not be noted: %w", key.Prefix, err))
		}
	})
}
