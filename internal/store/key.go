package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

const keyColumns = `e.id, e.name, e.prefix, e.scopes, e.categories, e.locales, e.syndicatable_only, e.body_depth,
	e.created_at, e.expires_at, e.revoked_at, e.last_used_at`

func scanKey(r *engine.Row) (k *news.APIKey, err error) {
	k = &news.APIKey{ID: id(r), Name: r.Text(), Prefix: r.Text()}
	if k.Scopes, err = list[news.Scope](r); err != nil {
		return k, err
	}
	categories, err := list[int64](r)
	if err != nil {
		return k, err
	}
	k.Categories = make([]news.ID, len(categories))
	for i, c := range categories {
		k.Categories[i] = news.ID(c)
	}
	if k.Locales, err = list[news.Locale](r); err != nil {
		return k, err
	}
	k.SyndicatableOnly, k.BodyDepth = r.Bool(), news.BodyDepth(r.Text())
	k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt = instant(r), instantOrNil(r), instantOrNil(r), instantOrNil(r)
	return k, nil
}

func instantOrNil(r *engine.Row) *time.Time {
	if t := nullInstant(r); !t.IsZero() {
		return &t
	}
	return nil
}

// Keys are those among ids that exist, revoked and expired ones too.
func (s *Store) Keys(ctx context.Context, ids []news.ID) (map[news.ID]*news.APIKey, error) {
	found := make(map[news.ID]*news.APIKey, len(ids))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT ` + keyColumns + ` FROM json_each(?) j CROSS JOIN api_keys e ON e.id = j.value`,
		Args: []any{idList(ids)},
		Scan: func(r *engine.Row) error {
			k, err := scanKey(r)
			found[k.ID] = k
			return err
		},
	})
}

// FindKeys is a page of all keys, the newest first.
func (s *Store) FindKeys(ctx context.Context, w news.Window) (*news.APIKeyConnection, error) {
	return findPlain(ctx, s.db, sorting{name: "CREATED", column: "created_at", id: "id", desc: true}, w, nil,
		"api_keys e", "e", keyColumns, condition{}, condition{sql: "SELECT count(*) FROM api_keys"}, scanKey)
}

// KeyByPrefix is the key whose secret begins so, with the hash of that secret, or a NotFound error. Whoever asks compares the
// hash: a prefix is no secret.
func (s *Store) KeyByPrefix(ctx context.Context, prefix string) (key *news.APIKey, hash []byte, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL:  `SELECT e.hash, ` + keyColumns + ` FROM api_keys e WHERE e.prefix = +?`,
		Args: []any{prefix},
		Scan: func(r *engine.Row) (err error) {
			hash = r.Bytes()
			key, err = scanKey(r)
			return err
		},
	})
	if err == nil && key == nil {
		err = news.NotFoundf("there is no API key that begins with %q; dateline key list shows all", shorten(prefix))
	}
	return key, hash, err
}

// CreateKey stores a key with the hash of its secret, and returns it with its id. When another key begins with the same prefix the
// error is a Conflict: make another secret.
func (s *Store) CreateKey(ctx context.Context, key news.APIKey, hash [32]byte) (*news.APIKey, error) {
	now := s.now()
	if err := key.Check(now); err != nil {
		return nil, err
	}
	categories, err := s.As(news.Operator()).Categories(ctx, key.Categories)
	if err != nil {
		return nil, err
	}
	for _, c := range key.Categories {
		if categories[c] == nil {
			return nil, news.NotFoundf("there is no category %s to limit the key to", c)
		}
	}
	key.ID = s.ids.New(news.KindAPIKey, now)
	var expires time.Time
	if key.ExpiresAt != nil {
		expires = *key.ExpiresAt
	}
	err = s.commit(ctx, "", now, []change{{subject: key.ID, kind: news.ChangeCreated, version: 1, tags: []news.ID{key.ID}, hidden: true}}, []engine.Step{{
		SQL: `INSERT INTO api_keys (id, name, prefix, hash, scopes, categories, locales, syndicatable_only, body_depth, created_at, expires_at, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
		Args: []any{int64(key.ID), key.Name, key.Prefix, hash[:], listJSON(key.Scopes), idList(key.Categories), listJSON(key.Locales),
			key.SyndicatableOnly, string(key.BodyDepth), now.UnixMilli(), millis(expires)},
	}})
	if broken, ok := errors.AsType[*engine.ConstraintError](err); ok && slices.Contains(broken.Columns, "prefix") {
		return nil, &news.Error{Kind: news.Conflict, Message: fmt.Sprintf("another key begins with %s; try again with a new secret", key.Prefix)}
	}
	if err != nil {
		return nil, err
	}
	made, err := s.Keys(ctx, []news.ID{key.ID})
	return made[key.ID], err
}

// RevokeKey ends a key for good, from the next request on. A key that was revoked before stays as it was. Without such a key
// the error is NotFound.
func (s *Store) RevokeKey(ctx context.Context, id news.ID) (*news.APIKey, error) {
	keys, err := s.Keys(ctx, []news.ID{id})
	if err != nil {
		return nil, err
	}
	key := keys[id]
	if key == nil {
		return nil, news.NotFoundf("there is no API key %s; dateline key list shows all", id)
	}
	if key.RevokedAt != nil {
		return key, nil
	}
	version, err := s.version(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	err = s.commit(ctx, "", now, []change{{subject: id, kind: news.ChangeUpdated, version: version + 1, tags: []news.ID{id}, hidden: true}}, []engine.Step{{
		SQL:   `UPDATE api_keys SET revoked_at = ?, version = version + 1 WHERE id = +? AND version = ? AND revoked_at IS NULL`,
		Args:  []any{now.UnixMilli(), int64(id), version},
		Guard: "key.revoked",
	}})
	if _, lost := errors.AsType[*engine.GuardError](err); lost { // somebody else changed it just now
		return s.RevokeKey(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	key.RevokedAt = &now
	return key, nil
}

// TouchKey notes that a key was used. The journal does not tell it: nothing that anybody is shown has changed but this.
func (s *Store) TouchKey(ctx context.Context, id news.ID, at time.Time) error {
	return s.commit(ctx, "", at, nil, []engine.Step{{
		SQL:  `UPDATE api_keys SET last_used_at = ?1 WHERE id = +?2 AND coalesce(last_used_at, 0) < ?1`,
		Args: []any{at.UnixMilli(), int64(id)},
	}})
}
