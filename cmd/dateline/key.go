package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dateline-cms/dateline/internal/access"
	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key and print its secret, once."`
	List   keyListCommand   `cmd:"" help:"List the API keys, the newest first."`
	Revoke keyRevokeCommand `cmd:"" help:"End an API key at once and for good."`
}

// existing is the flag of commands that make no database: a key in a file that was mistyped would open nothing.
type existing struct {
	DB string `name:"db" default:"dateline.db" placeholder:"FILE" help:"The database file, which must exist (${default})."`
}

func (d existing) open(ctx context.Context, opt sqlite.Options) (*store.Store, func() error, error) {
	if _, err := os.Stat(d.DB); err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w: check the file name", err)
	}
	return database(d).open(ctx, opt)
}

// The flags of a key are not read from the environment: DATELINE_LOCALE is there for the site's language, and would limit
// the key in silence.
type keyCreateCommand struct {
	existing
	Name             string   `required:"" env:"-" placeholder:"NAME" help:"Who uses the key and what for."`
	Scope            []string `required:"" env:"-" placeholder:"SCOPE" help:"What the key may do; several with commas or repeated."`
	Category         []string `env:"-" sep:"none" placeholder:"PATH" help:"Limit the key to a category, by its path, with all below it; may be repeated."`
	Locale           []string `env:"-" placeholder:"TAG" help:"Limit the key to a language, such as en or pt-BR; may be repeated."`
	SyndicatableOnly bool     `env:"-" help:"Limit the key to content that may be syndicated."`
	Body             string   `env:"-" enum:"none,summary,full" default:"full" placeholder:"DEPTH" help:"How much of the text it may read: none, summary or full (${default})."`
	Expires          string   `env:"-" placeholder:"WHEN" help:"When the key ends: at the beginning of a day such as 2027-01-01 in the site's time zone, at an instant, or after days such as 90d; never when left out."`

	scopes []news.Scope
}

// Help is shown by --help.
func (keyCreateCommand) Help() string {
	var b strings.Builder
	b.WriteString("Prints the secret on standard output and nothing else there. Nobody can show it again: only its hash is kept. A server that runs\naccepts the key at once.\n\nThe scopes:\n\n")
	for _, s := range news.Scopes {
		fmt.Fprintf(&b, "  %-18s %s\n", s.Scope, s.Allows)
	}
	b.WriteString(`
Example:

  dateline key create --db site.db --name "Partner: The Paper" --scope CONTENT_READ --category /world/ --expires 90d`)
	return b.String()
}

// Validate refuses values that are wrong before anything is done.
func (c *keyCreateCommand) Validate() (err error) {
	if c.Name == "" || len(c.Scope) == 0 { // kong looks later
		return errors.New("--name and --scope are needed; say who uses the key and what it may do")
	}
	if c.scopes, err = news.ParseScopes(strings.Join(c.Scope, ",")); err != nil {
		return err
	}
	if _, err := c.expiry(time.Now(), time.UTC); err != nil {
		return err
	}
	return c.key().Check(time.Now())
}

// key is the key without what the database has to say.
func (c *keyCreateCommand) key() *news.APIKey {
	k := &news.APIKey{Name: c.Name, Grant: news.Grant{Scopes: c.scopes, SyndicatableOnly: c.SyndicatableOnly, BodyDepth: news.BodyDepth(strings.ToUpper(c.Body))}}
	for _, l := range c.Locale {
		k.Locales = append(k.Locales, news.Locale(l))
	}
	return k
}

// expiry reads --expires; nil is never.
func (c *keyCreateCommand) expiry(now time.Time, site *time.Location) (*time.Time, error) {
	if c.Expires == "" {
		return nil, nil
	}
	if days, ok := strings.CutSuffix(c.Expires, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			t := now.AddDate(0, 0, n)
			return &t, nil
		}
	}
	if day, err := news.ParseDate(c.Expires); err == nil {
		t := day.In(site)
		return &t, nil
	}
	t, err := time.Parse(time.RFC3339, c.Expires)
	if err != nil {
		return nil, fmt.Errorf("--expires %q is no time; write a day such as 2027-01-01, an instant such as 2027-01-01T12:00:00Z, or days from now such as 90d", c.Expires)
	}
	return &t, nil
}

// Run makes the key.
func (c *keyCreateCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := c.open(ctx, sqlite.Options{})
	if err != nil {
		return err
	}
	defer done()
	key := c.key()
	if err := c.resolve(ctx, s, key); err != nil {
		return err
	}
	secret := access.NewSecret()
	key.Prefix = secret.Prefix()
	made, err := s.CreateKey(ctx, *key, secret.Hash())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(std.out, secret.Reveal()); err != nil {
		return fmt.Errorf("the secret could not be printed: %w; the key is of no use: revoke it with dateline key revoke --db %s %s", err, c.DB, made.ID)
	}
	fmt.Fprintf(std.err, `This is the secret of the API key %q (%s). Keep it now: it cannot be shown again.
It may: %s. It expires: %s.
Send it with each request as the header  Authorization: Bearer %s
Revoke it with  dateline key revoke --db %s %s
`, made.Name, made.ID, allows(made), when(made.ExpiresAt, "never"), secret, c.DB, made.ID)
	return nil
}

// resolve adds what only the database knows.
func (c *keyCreateCommand) resolve(ctx context.Context, s *store.Store, key *news.APIKey) error {
	site, err := s.Site(ctx)
	if err != nil {
		return err
	}
	zone, err := site.TimeZone.Location()
	if err != nil {
		return err
	}
	if key.ExpiresAt, err = c.expiry(time.Now(), zone); err != nil {
		return err
	}
	for _, path := range c.Category {
		found, err := s.As(news.Operator()).Category(ctx, news.TermRef{Path: new(news.Path(path))})
		if news.KindOf(err) == news.NotFound {
			return fmt.Errorf("--category %s: there is no category at this path", path)
		}
		if err != nil {
			return err
		}
		key.Categories = append(key.Categories, found.ID)
	}
	return nil
}

// allows says what a key may do, and with what.
func allows(k *news.APIKey) string {
	words := make([]string, 0, 5)
	for _, s := range k.Scopes {
		words = append(words, string(s))
	}
	text := strings.Join(words, ", ")
	words = words[:0]
	for _, c := range k.Categories {
		words = append(words, c.String())
	}
	for _, l := range k.Locales {
		words = append(words, string(l))
	}
	if k.SyndicatableOnly {
		words = append(words, "syndicatable")
	}
	if k.BodyDepth != news.BodyFull {
		words = append(words, "body "+strings.ToLower(string(k.BodyDepth)))
	}
	if len(words) > 0 {
		text += "; only " + strings.Join(words, ", ")
	}
	return text
}

func when(t *time.Time, never string) string {
	if t == nil {
		return never
	}
	return t.UTC().Format(time.RFC3339)
}

type keyListCommand struct {
	existing
}

// Help is shown by --help.
func (keyListCommand) Help() string {
	return `Times are UTC. The prefix is how a secret begins. The last use is known to the minute.

Example:

  dateline key list --db site.db`
}

// Run lists the keys.
func (c *keyListCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := c.open(ctx, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer done()
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tPREFIX\tNAME\tSTATE\tCREATED\tEXPIRES\tLAST USED\tMAY")
	for w := (news.Window{Limit: news.MaxPageSize}); ; {
		page, err := s.FindKeys(ctx, w)
		if err != nil {
			return err
		}
		for _, k := range page.Nodes() {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Prefix, k.Name, state(k, time.Now()),
				when(&k.CreatedAt, ""), when(k.ExpiresAt, "never"), when(k.LastUsedAt, "never"), allows(k))
		}
		if !page.PageInfo.HasNextPage {
			return table.Flush()
		}
		w.Cursor = *page.PageInfo.EndCursor
	}
}

func state(k *news.APIKey, now time.Time) string {
	switch {
	case k.RevokedAt != nil:
		return "revoked " + when(k.RevokedAt, "")
	case k.ExpiredAt(now):
		return "expired"
	}
	return "valid"
}

type keyRevokeCommand struct {
	existing
	Key string `arg:"" name:"key" help:"The key's id, its prefix, or the whole secret."`
}

// Help is shown by --help.
func (keyRevokeCommand) Help() string {
	return `A server that runs refuses the key from the next request on. A key that is revoked stays in the list and never opens again.

Example:

  dateline key revoke --db site.db dl_live_x4tq7bzm`
}

// Run revokes the key.
func (c *keyRevokeCommand) Run(ctx context.Context, std *streams) error {
	s, done, err := c.open(ctx, sqlite.Options{})
	if err != nil {
		return err
	}
	defer done()
	id, err := c.find(ctx, s)
	if err != nil {
		return err
	}
	key, err := s.RevokeKey(ctx, id)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "The API key %q (%s, %s) is revoked since %s.\n", key.Name, key.ID, key.Prefix, when(key.RevokedAt, ""))
	return nil
}

// find reads what names a key. A whole secret is never repeated, not even where it is wrong.
func (c *keyRevokeCommand) find(ctx context.Context, s *store.Store) (news.ID, error) {
	if id, err := news.ParseID(c.Key); err == nil && id.Kind() == news.KindAPIKey {
		return id, nil
	}
	prefix := c.Key
	if secret, err := access.ParseSecret(c.Key); err == nil {
		prefix = secret.Prefix()
	} else if len(c.Key) > len(access.NewSecret().Prefix()) {
		return 0, errors.New("this is no id, no prefix and no whole secret of an API key; dateline key list shows ids and prefixes")
	}
	key, _, err := s.KeyByPrefix(ctx, prefix)
	if err != nil {
		return 0, err
	}
	return key.ID, nil
}

// accessFlags say who may ask, beside API keys.
type accessFlags struct {
	Closed         bool     `help:"Answer nobody without an API key or token."`
	OIDCIssuer     string   `name:"oidc-issuer" placeholder:"URL" help:"Accept tokens of this OpenID Connect provider."`
	OIDCAudience   string   `name:"oidc-audience" placeholder:"NAME" help:"What tokens must be made for: this API's name at the provider."`
	OIDCScopeClaim string   `name:"oidc-scope-claim" default:"scope" placeholder:"CLAIM" help:"The claim that holds a caller's roles, such as roles or realm_access.roles (${default})."`
	OIDCRole       []string `name:"oidc-role" sep:";" placeholder:"ROLE=SCOPE,…" help:"What a role may do; repeated, or several with semicolons."`
}

// Validate refuses values that are wrong before anything is done.
func (f *accessFlags) Validate() error {
	_, err := f.issuer(nil)
	return err
}

// issuer is nil when none is configured.
func (f *accessFlags) issuer(failed func(error)) (*access.Issuer, error) {
	if f.OIDCIssuer == "" {
		if f.OIDCAudience != "" || len(f.OIDCRole) > 0 {
			return nil, errors.New("--oidc-audience and --oidc-role are given without --oidc-issuer; name the provider")
		}
		return nil, nil
	}
	roles := map[string][]news.Scope{}
	for _, mapping := range f.OIDCRole {
		at := strings.LastIndexByte(mapping, '=') // names of groups may hold others
		if at <= 0 {
			return nil, fmt.Errorf("--oidc-role %q is no mapping; write it as editor=CONTENT_EDIT,CONTENT_PUBLISH", mapping)
		}
		role := strings.TrimSpace(mapping[:at])
		scopes, err := news.ParseScopes(mapping[at+1:])
		if err != nil {
			return nil, fmt.Errorf("--oidc-role %s: %w", role, err)
		}
		roles[role] = append(roles[role], scopes...)
	}
	issuer, err := access.NewIssuer(access.IssuerConfig{
		URL: f.OIDCIssuer, Audience: f.OIDCAudience, RoleClaim: f.OIDCScopeClaim, Roles: roles, Now: time.Now, Failed: failed,
	})
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer, --oidc-audience, --oidc-scope-claim, --oidc-role: %w", err)
	}
	return issuer, nil
}

// authenticator is for a server. The caller closes it before the store.
func (f *accessFlags) authenticator(s *store.Store, failed func(error)) (*access.Authenticator, error) {
	issuer, err := f.issuer(failed)
	if err != nil {
		return nil, err
	}
	return access.New(access.Config{Store: s, Now: time.Now, Issuer: issuer, Closed: f.Closed, Failed: failed}), nil
}
