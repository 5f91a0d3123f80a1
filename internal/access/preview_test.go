package access

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/news"
)

const anEntry = news.ID(1)<<22 | news.ID(news.KindArticle)<<16

func TestPreview(t *testing.T) {
	ctx := context.Background()
	d, other := newDoor(t), newDoor(t)
	token, ends, err := d.NewPreview(ctx, anEntry, 10*time.Minute)
	if err != nil || !ends.Equal(noon.Add(10*time.Minute)) {
		t.Fatal(ends, err)
	}
	if entry, err := d.Preview(ctx, token); entry != anEntry || err != nil {
		t.Errorf("%v, %v", entry, err)
	}
	again, _, _ := d.NewPreview(ctx, anEntry, 10*time.Minute)
	if again != token {
		t.Error("the signing key changes")
	}
	refused := func(what, token, say string, by *door) {
		t.Helper()
		entry, err := by.Preview(ctx, token)
		if entry != 0 || news.KindOf(err) != news.Unauthenticated || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, %v", what, entry, err)
		}
	}
	refused("another site's", token, "not made by this site", other)
	for i := len(previewMark); i < len(token); i++ {
		for _, c := range []byte("Ax0_") {
			if changed := token[:i] + string(c) + token[i+1:]; changed != token {
				if entry, err := d.Preview(ctx, changed); entry != 0 || news.KindOf(err) != news.Unauthenticated {
					t.Fatalf("with %c at %d: %v, %v", c, i, entry, err)
				}
			}
		}
	}
	for _, bad := range []string{"", "x", token[:len(token)-1], token + "A", strings.TrimPrefix(token, previewMark), " " + token, previewMark} {
		refused(bad, bad, "no preview token", d)
	}
	d.clock.advance(10*time.Minute - time.Second)
	if entry, err := d.Preview(ctx, token); entry != anEntry || err != nil {
		t.Errorf("in its last second: %v, %v", entry, err)
	}
	d.clock.advance(time.Second)
	refused("one that has ended", token, "ended at 2026", d)
	for _, life := range []time.Duration{-time.Second, 0, MinPreview - 1, MaxPreview + 1} {
		if _, _, err := d.NewPreview(ctx, anEntry, life); news.KindOf(err) != news.Invalid {
			t.Errorf("%v: %v", life, err)
		}
	}
}

// TestOneSigningKey makes the first token of a database in many goroutines: all are of one key.
func TestOneSigningKey(t *testing.T) {
	d := newDoor(t)
	var mu sync.Mutex
	var wait sync.WaitGroup
	tokens := map[string]int{}
	for range 16 {
		wait.Go(func() {
			token, _, err := d.NewPreview(context.Background(), anEntry, time.Hour)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			tokens[token]++
		})
	}
	wait.Wait()
	if len(tokens) != 1 {
		t.Errorf("%d different tokens", len(tokens))
	}
}

func TestRequestPreview(t *testing.T) {
	d := newDoor(t)
	token, _, err := d.NewPreview(t.Context(), anEntry, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	secret, key := d.key()
	for name, c := range map[string]struct {
		target, header, authorization string
		entry, keyID                  news.ID
		refused                       bool
	}{
		"none":                    {target: "/graphql"},
		"header":                  {target: "/graphql", header: token, entry: anEntry},
		"parameter":               {target: "/graphql?query=x&preview=" + token, entry: anEntry},
		"header before parameter": {target: "/graphql?preview=bad", header: token, entry: anEntry},
		"with a key":              {target: "/graphql", header: token, authorization: "Bearer " + secret.Reveal(), entry: anEntry, keyID: key.ID},
		"bad header":              {target: "/graphql?preview=" + token, header: "bad", refused: true},
		"bad parameter":           {target: "/graphql?preview=bad", refused: true},
		"bad key":                 {target: "/graphql", header: token, authorization: "Bearer x", refused: true},
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		if c.header != "" {
			r.Header.Set(PreviewHeader, c.header)
		}
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		caller, err := d.RequestCaller(r)
		if c.refused {
			if caller != nil || news.KindOf(err) != news.Unauthenticated {
				t.Errorf("%s: %+v, %v", name, caller, err)
			}
			continue
		}
		if err != nil || caller.Preview != c.entry || caller.KeyID != c.keyID || caller.Perspective() != news.PerspectivePublished {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
}
