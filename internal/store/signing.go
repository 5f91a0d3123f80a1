package store

import (
	"context"
	"crypto/rand"

	"github.com/dateline-cms/dateline/internal/engine"
)

// SigningKey is what this database signs with for a purpose: 32 random bytes, made at their first use. Whoever has a copy of
// the database can sign as it does.
func (s *Store) SigningKey(ctx context.Context, purpose string) (key []byte, err error) {
	read := func() error {
		return s.db.Query(ctx, engine.Stmt{SQL: `SELECT key FROM signing_keys WHERE purpose = +?`, Args: []any{purpose},
			Scan: func(r *engine.Row) error { key = r.Bytes(); return nil }})
	}
	if err := read(); err != nil || key != nil {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	now := s.now()
	if err := s.commit(ctx, "", now, nil, []engine.Step{{
		SQL:  `INSERT INTO signing_keys (purpose, key, made_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, // another program may have been faster
		Args: []any{purpose, fresh, now.UnixMilli()},
	}}); err != nil {
		return nil, err
	}
	err = read()
	return key, err
}
