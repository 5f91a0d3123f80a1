package graph

import (
	"context"
	"time"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/news"
)

func (r *query) Viewer(ctx context.Context) (*news.Viewer, error) {
	c := callerOf(ctx)
	v := &news.Viewer{Scopes: c.Scopes, Perspective: c.Perspective(), Grant: &c.Grant}
	if c.Name != "" {
		v.Name = &c.Name
	}
	if c.KeyID == 0 {
		return v, nil
	}
	keys, err := r.Store.Keys(ctx, []news.ID{c.KeyID})
	v.APIKey = keys[c.KeyID]
	return v, err
}

func (r *query) APIKeys(ctx context.Context, first *int, after *string, last *int, before *string) (*news.APIKeyConnection, error) {
	if _, err := requires(ctx, news.ScopeKeysManage); err != nil {
		return nil, err
	}
	w, err := window(first, after, last, before, defaultPageSize)
	if err != nil {
		return nil, err
	}
	return r.Store.FindKeys(ctx, w)
}

func (r *mutation) CreateAPIKey(ctx context.Context, in input.CreateAPIKeyInput) (*news.CreateAPIKeyPayload, error) {
	by, err := requires(ctx, news.ScopeKeysManage)
	if err != nil {
		return nil, err
	}
	key := news.APIKey{Name: in.Name, ExpiresAt: in.ExpiresAt, Grant: news.Grant{Scopes: in.Scopes, Categories: in.CategoryIds,
		Locales: in.Locales, SyndicatableOnly: in.SyndicatableOnly, BodyDepth: in.BodyDepth}}
	made, secret, err := r.createKey(ctx, by, key)
	if err != nil {
		errs, err := refused(err, "input")
		return &news.CreateAPIKeyPayload{UserErrors: errs}, err
	}
	return &news.CreateAPIKeyPayload{APIKey: made, Secret: new(secret.Reveal()), UserErrors: []news.UserError{}}, nil
}

func (r *mutation) createKey(ctx context.Context, by *news.Caller, key news.APIKey) (*news.APIKey, access.Secret, error) {
	if err := by.Covers(&key.Grant); err != nil {
		return nil, access.Secret{}, err
	}
	secret := access.NewSecret()
	key.Prefix = secret.Prefix()
	made, err := r.Store.CreateKey(ctx, key, secret.Hash())
	return made, secret, err
}

func (r *mutation) RevokeAPIKey(ctx context.Context, in input.RevokeAPIKeyInput) (*news.APIKeyPayload, error) {
	if _, err := requires(ctx, news.ScopeKeysManage); err != nil {
		return nil, err
	}
	key, err := r.Store.RevokeKey(ctx, in.ID)
	errs, err := refused(err, "input", "id")
	return &news.APIKeyPayload{APIKey: key, UserErrors: errs}, err
}

func (r *mutation) CreatePreviewToken(ctx context.Context, in input.CreatePreviewTokenInput) (*news.PreviewTokenPayload, error) {
	if _, err := requires(ctx, news.ScopeContentPreview); err != nil {
		return nil, err
	}
	entry, err := r.entry(ctx, in.EntryID)
	if err != nil {
		errs, err := refused(err, "input", "entryId")
		return &news.PreviewTokenPayload{UserErrors: errs}, err
	}
	token, ends, err := r.Access.NewPreview(ctx, in.EntryID, time.Duration(in.ExpiresInSeconds)*time.Second)
	if err != nil {
		errs, err := refused(err, "input", "expiresInSeconds")
		return &news.PreviewTokenPayload{UserErrors: errs}, err
	}
	address, err := absolute(ctx, entry.GetHead().Path)
	url := address + "?" + access.PreviewParameter + "=" + news.URL(token)
	return &news.PreviewTokenPayload{Token: &token, URL: &url, ExpiresAt: &ends, UserErrors: []news.UserError{}}, err
}

// entry is one that the caller sees, or a NotFound error.
func (r *mutation) entry(ctx context.Context, id news.ID) (news.Entry, error) {
	found, err := (*query)(r).nodes(ctx, []news.ID{id})
	if err != nil {
		return nil, err
	}
	entry, ok := found[id].(news.Entry)
	if !ok {
		return nil, news.NotFoundf("there is no entry %s, or it is outside of what this key may see", id)
	}
	return entry, nil
}
