package access

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dateline-cms/dateline/internal/news"
)

// How long a provider's keys are used.
const (
	freshFor = time.Hour        // then they are fetched again, beside the requests
	keptFor  = 24 * time.Hour   // then they are no longer trusted, should the provider be out of reach so long
	pause    = 15 * time.Second // between two fetches, whatever tokens come: anybody can name a key that does not exist
)

// keySet holds the public keys that a provider publishes.
type keySet struct {
	issuer string
	now    func() time.Time
	failed func(error)

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time     // when keys came; zero before the first time
	tried   time.Time     // when the last fetch began
	running chan struct{} // closed when the fetch that runs ends; nil when none runs
}

// find gives the keys that may have signed a token. A key that is not known is looked for at the provider, which publishes new
// ones without notice (OpenID Connect Core 1.0, section 10.1.1). A token without a key id may be of any key.
func (s *keySet) find(ctx context.Context, id, algorithm string) ([]jose.JSONWebKey, error) {
	keys, age := s.matching(id, algorithm)
	if len(keys) > 0 && age < keptFor {
		if age >= freshFor {
			s.fetch()
		}
		return keys, nil
	}
	select {
	case <-s.fetch():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	keys, age = s.matching(id, algorithm)
	switch {
	case age >= keptFor:
		return nil, &news.Error{Kind: news.Unavailable, Message: "tokens cannot be checked now, since the identity provider's keys cannot be fetched; try again in a minute"}
	case len(keys) == 0:
		return nil, news.Unauthenticatedf("the token is signed with a key (%s, %.40q) that the identity provider does not publish", algorithm, id)
	}
	return keys, nil
}

// matching are the keys at hand for a token, and the age of all; keptFor when there are none yet.
func (s *keySet) matching(id, algorithm string) (found []jose.JSONWebKey, age time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fetched.IsZero() {
		return nil, keptFor
	}
	for _, k := range s.keys {
		if (id == "" || k.KeyID == id) && (k.Algorithm == "" || k.Algorithm == algorithm) {
			found = append(found, k)
		}
	}
	return found, s.now().Sub(s.fetched)
}

// fetch begins to fetch the keys, unless that is being done or was just tried. The channel is closed when there is nothing more
// to wait for. A fetch belongs to no request: others wait for it too.
func (s *keySet) fetch() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return s.running
	}
	done, now := make(chan struct{}), s.now()
	if since := now.Sub(s.tried); since >= 0 && since < pause {
		close(done)
		return done
	}
	s.tried, s.running = now, done
	go func() {
		defer close(done)
		keys, err := published(s.issuer)
		if err != nil {
			s.failed(fmt.Errorf("the keys of the identity provider %s could not be fetched: %w", s.issuer, err))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.keys, s.fetched = keys, now
		}
		s.running = nil
	}()
	return done
}

// published fetches the keys by way of the discovery document (OpenID Connect Discovery 1.0, section 4), anew each time: the
// place of the keys may change.
func published(issuer string) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	address := strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
	var provider struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := get(ctx, address, &provider); err != nil {
		return nil, err
	}
	if provider.Issuer != issuer {
		return nil, fmt.Errorf("%s is about the issuer %q; configure the issuer exactly as it calls itself", address, provider.Issuer)
	}
	if err := checkAddress(provider.Keys); err != nil {
		return nil, fmt.Errorf("%s: jwks_uri: %w", address, err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := get(ctx, provider.Keys, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		// Keys of kinds that we do not know are passed over (RFC 7517, section 5).
		if err := json.Unmarshal(raw, &k); err == nil && verifies(&k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s holds no key that signs with one of %v", provider.Keys, algorithms)
	}
	return keys, nil
}

// verifies says whether a key is public, for signatures, and long enough (RFC 7518, section 3.3).
func verifies(k *jose.JSONWebKey) bool {
	if key, ok := k.Key.(*rsa.PublicKey); ok && key.Size() < 2048/8 {
		return false
	}
	return k.IsPublic() && (k.Use == "" || k.Use == "sig")
}

// maxDocument bounds what is read from the provider.
const maxDocument = 1 << 20

// client follows no redirection: it could lead from https to http.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return errors.New("it redirects; configure the address that it redirects to")
}}

func get(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Cache-Control", "no-cache") // a proxy may hold keys of before the rotation
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", address, err)
	case len(body) > maxDocument:
		return fmt.Errorf("%s is longer than %d bytes", address, maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s is not the JSON that was expected: %w", address, err)
	}
	return nil
}
