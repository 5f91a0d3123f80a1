package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// makeKey makes a key with the hash of its prefix.
func (n *newsroom) makeKey(prefix string, edit ...func(*news.APIKey)) *news.APIKey {
	n.t.Helper()
	key := news.APIKey{Name: "Key " + prefix, Prefix: prefix, Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead}, BodyDepth: news.BodyFull}}
	for _, e := range edit {
		e(&key)
	}
	made, err := n.CreateKey(context.Background(), key, sha256.Sum256([]byte(prefix)))
	if err != nil {
		n.t.Fatal(err)
	}
	return made
}

func TestKeyComesBack(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""), category("w:d", "Asia", ""))
	full := n.makeKey("dl_live_full", func(k *news.APIKey) {
		k.Scopes = []news.Scope{news.ScopeContentRead, news.ScopeKeysManage}
		k.Categories = []news.ID{n.id("w:d"), n.id("w:c")}
		k.Locales, k.SyndicatableOnly, k.BodyDepth = []news.Locale{"de", "pt-BR"}, true, news.BodySummary
		k.ExpiresAt = new(noon.Add(time.Hour + time.Nanosecond).In(time.FixedZone("", 3600)))
	})
	if full.ID.Kind() != news.KindAPIKey || !strings.HasPrefix(full.ID.String(), "key_") || !full.CreatedAt.Equal(noon) || !full.ExpiresAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", full)
	}
	plain := n.makeKey("dl_live_plain")
	for _, want := range []*news.APIKey{full, plain} {
		got, hash, err := n.KeyByPrefix(ctx, want.Prefix)
		sum := sha256.Sum256([]byte(want.Prefix))
		if err != nil || !bytes.Equal(hash, sum[:]) {
			t.Errorf("%s: hash %x, %v", want.Prefix, hash, err)
		}
		equal(t, "by prefix", asJSON(got), asJSON(want))
		byID, err := n.Keys(ctx, []news.ID{want.ID, n.id("w:c")})
		if err != nil || len(byID) != 1 {
			t.Errorf("%d keys, %v", len(byID), err)
		}
		equal(t, "by id", asJSON(byID[want.ID]), asJSON(want))
	}
	if _, _, err := n.KeyByPrefix(ctx, "dl_live_ful"); news.KindOf(err) != news.NotFound {
		t.Errorf("a part of a prefix found %v", err)
	}
	// Reopened, it is still there, and its id is above all others.
	again := openNewsroom(t, n.path)
	if k, _, err := again.KeyByPrefix(ctx, full.Prefix); err != nil || k.ID != full.ID {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestKeyThatIsRefused(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	n.bring(news.Created, category("w:c", "World", ""))
	n.makeKey("dl_live_one")
	before := n.position()
	key := news.APIKey{Name: "Two", Prefix: "dl_live_one", Grant: news.Grant{Scopes: []news.Scope{news.ScopeContentRead}, BodyDepth: news.BodyFull}}
	if _, err := n.CreateKey(ctx, key, [32]byte{}); news.KindOf(err) != news.Conflict || !strings.Contains(err.Error(), "dl_live_one") {
		t.Errorf("a second key of one prefix: %v", err)
	}
	key.Prefix = "dl_live_two"
	key.Categories = []news.ID{n.id("w:c"), n.ids.New(news.KindCategory, noon)}
	if _, err := n.CreateKey(ctx, key, [32]byte{}); news.KindOf(err) != news.NotFound || !strings.Contains(err.Error(), key.Categories[1].String()) {
		t.Errorf("a key for a category that is not there: %v", err)
	}
	key.Categories, key.Name = nil, ""
	if _, err := n.CreateKey(ctx, key, [32]byte{}); news.KindOf(err) != news.Invalid {
		t.Errorf("a key without a name: %v", err)
	}
	if _, err := n.RevokeKey(ctx, n.ids.New(news.KindAPIKey, noon)); news.KindOf(err) != news.NotFound {
		t.Errorf("revoking a key that is not there: %v", err)
	}
	if after := n.position(); after != before || n.number(`SELECT count(*) FROM api_keys`) != 1 {
		t.Errorf("something was written: the journal went from %d to %d", before, after)
	}
}

func TestRevokedOnce(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	key, other := n.makeKey("dl_live_one"), n.makeKey("dl_live_two")
	before := n.position()
	// Many at once: one writes, and all say the same.
	var group sync.WaitGroup
	var revoked [16]*news.APIKey
	for i := range revoked {
		group.Go(func() {
			k, err := n.RevokeKey(ctx, key.ID)
			if err != nil {
				t.Error(err)
			}
			revoked[i] = k
		})
	}
	group.Wait()
	n.clock.advance(time.Hour)
	again, err := n.RevokeKey(ctx, key.ID)
	for _, k := range append(revoked[:], again) {
		if err != nil || k == nil || k.RevokedAt == nil || !k.RevokedAt.Equal(noon) {
			t.Fatalf("%+v, %v; want revoked at %s", k, err, noon)
		}
	}
	if n.position() != before+1 {
		t.Errorf("the journal grew by %d, want 1", n.position()-before)
	}
	equal(t, "the journal", n.text(`SELECT group_concat(kind || version || tags, ' ' ORDER BY seq) FROM changes WHERE subject = ?`, int64(key.ID)),
		fmt.Sprintf("CREATED1[%d] UPDATED2[%[1]d]", key.ID))
	if k, _, err := n.KeyByPrefix(ctx, other.Prefix); err != nil || k.RevokedAt != nil {
		t.Errorf("the other key is %+v, %v", k, err)
	}
}

func TestTouchIsNotJournalled(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	key, other := n.makeKey("dl_live_one"), n.makeKey("dl_live_two")
	before := n.position()
	for _, at := range []time.Time{noon.Add(time.Minute), noon} { // the second is late and loses
		if err := n.TouchKey(ctx, key.ID, at); err != nil {
			t.Fatal(err)
		}
	}
	used, err := n.Keys(ctx, []news.ID{key.ID, other.ID})
	if err != nil || used[key.ID].LastUsedAt == nil || !used[key.ID].LastUsedAt.Equal(noon.Add(time.Minute)) || used[other.ID].LastUsedAt != nil {
		t.Errorf("%+v, %v", used, err)
	}
	if n.position() != before {
		t.Error("the journal tells of the use of a key")
	}
}

func TestFindKeys(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	var want []string
	for i := range 7 {
		if i%2 == 0 { // two of each millisecond
			n.clock.advance(time.Hour)
		}
		want = append([]string{n.makeKey(fmt.Sprintf("dl_live_%d", i)).Prefix}, want...)
	}
	var got []string
	for w := (news.Window{Limit: 3}); ; {
		page, err := n.FindKeys(ctx, w)
		if err != nil {
			t.Fatal(err)
		}
		if total, err := page.TotalCount(ctx); err != nil || total != 7 {
			t.Errorf("total %d, %v", total, err)
		}
		for _, k := range page.Nodes() {
			got = append(got, k.Prefix)
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		w.Cursor = *page.PageInfo.EndCursor
	}
	equal(t, "the walk", got, want)
}

// TestKeyPlans: every request looks a key up, so it is one seek, and lists are read along an index.
func TestKeyPlans(t *testing.T) {
	ctx := context.Background()
	n, r := recordedNewsroom(t)
	r.label = "keys"
	key := n.makeKey("dl_live_one")
	n.makeKey("dl_live_two")
	page, err := n.FindKeys(ctx, news.Window{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.FindKeys(ctx, news.Window{Limit: 1, Cursor: *page.PageInfo.EndCursor})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = n.KeyByPrefix(ctx, key.Prefix); err != nil {
		t.Fatal(err)
	}
	if err = n.TouchKey(ctx, key.ID, noon); err != nil {
		t.Fatal(err)
	}
	if _, err = n.RevokeKey(ctx, key.ID); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", n.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for text, args := range r.seen["keys"] {
		for _, step := range plan(t, db, text, args) {
			if strings.HasPrefix(step, "SCAN e") && !strings.Contains(step, "USING INDEX") || strings.Contains(step, "TEMP B-TREE") || strings.HasPrefix(step, "SCAN api_keys") && !strings.Contains(step, "USING") {
				t.Errorf("%s in\n%s", step, text)
			}
		}
	}
	if len(r.seen["keys"]) < 7 {
		t.Errorf("only %d statements were seen", len(r.seen["keys"]))
	}
}

func BenchmarkKeyByPrefix(b *testing.B) {
	ctx := context.Background()
	n := newNewsroom(b)
	for i := range 1000 {
		n.makeKey(fmt.Sprintf("dl_live_%08d", i))
	}
	for i := 0; b.Loop(); i++ {
		if _, _, err := n.KeyByPrefix(ctx, fmt.Sprintf("dl_live_%08d", i%1000)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestKeyOfAnotherHand: a value that this program did not write is an error, not a key without limits.
func TestKeyOfAnotherHand(t *testing.T) {
	ctx := context.Background()
	for _, column := range []string{"scopes", "categories", "locales"} {
		n := newNewsroom(t)
		key := n.makeKey("dl_live_one")
		if err := n.commit(ctx, "", noon, nil, []engine.Step{{SQL: `UPDATE api_keys SET ` + column + ` = '[oops'`}}); err != nil {
			t.Fatal(err)
		}
		if k, _, err := n.KeyByPrefix(ctx, key.Prefix); err == nil {
			t.Errorf("damaged %s gave the key %+v", column, k)
		}
	}
}
