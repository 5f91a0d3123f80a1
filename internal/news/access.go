package news

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	bcp47 "golang.org/x/text/language"
)

// Scope is one thing that a caller may do. No scope contains another.
type Scope string

// The scopes.
const (
	ScopeContentRead     Scope = "CONTENT_READ"
	ScopeContentReadFull Scope = "CONTENT_READ_FULL"
	ScopeContentPreview  Scope = "CONTENT_PREVIEW"
	ScopeContentEdit     Scope = "CONTENT_EDIT"
	ScopeContentPublish  Scope = "CONTENT_PUBLISH"
	ScopeContentRetract  Scope = "CONTENT_RETRACT"
	ScopeEventsEdit      Scope = "EVENTS_EDIT"
	ScopeWebhooksManage  Scope = "WEBHOOKS_MANAGE"
	ScopeKeysManage      Scope = "KEYS_MANAGE"
	ScopeImportRun       Scope = "IMPORT_RUN"
	ScopeExportRun       Scope = "EXPORT_RUN"
	ScopeCachePurge      Scope = "CACHE_PURGE"
	ScopeMetricsRead     Scope = "METRICS_READ"
)

// Scopes are all there are, with what each allows.
var Scopes = []struct {
	Scope  Scope
	Allows string
}{
	{ScopeContentRead, "read what is published, without bodies"},
	{ScopeContentReadFull, "read the bodies of what may be read"},
	{ScopeContentPreview, "read what is not published yet or any more"},
	{ScopeContentEdit, "write articles, pages, categories, topics, authors and images, and read drafts"},
	{ScopeContentPublish, "publish, schedule, correct and unpublish"},
	{ScopeContentRetract, "retract what was published"},
	{ScopeEventsEdit, "write historical events and date claims"},
	{ScopeWebhooksManage, "set up webhooks and send them again"},
	{ScopeKeysManage, "make and revoke API keys that may do no more than this one"},
	{ScopeImportRun, "import content"},
	{ScopeExportRun, "export content"},
	{ScopeCachePurge, "drop cached answers"},
	{ScopeMetricsRead, "read measurements of the server"},
}

// Known says whether s is one of [Scopes].
func (s Scope) Known() bool {
	for _, known := range Scopes {
		if known.Scope == s {
			return true
		}
	}
	return false
}

// ParseScopes reads names of scopes, each once, in any case and with hyphens or underscores, separated by commas.
func ParseScopes(list string) ([]Scope, error) {
	var scopes []Scope
	for name := range strings.SplitSeq(list, ",") {
		s := Scope(strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(name)), "-", "_"))
		if !s.Known() {
			return nil, Invalidf("%q is not a scope; the scopes are %s", name, allScopes())
		}
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes, nil
}

func allScopes() string {
	names := make([]Scope, len(Scopes))
	for i, s := range Scopes {
		names[i] = s.Scope
	}
	return join(names)
}

func join(scopes []Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// BodyDepth is how much of an article's text a caller may read.
type BodyDepth string

// The depths, from nothing to everything.
const (
	BodyNone    BodyDepth = "NONE"    // title and standfirst
	BodySummary BodyDepth = "SUMMARY" // and the summary
	BodyFull    BodyDepth = "FULL"    // and the body
)

// Known says whether d is one of the depths.
func (d BodyDepth) Known() bool { return d == BodyNone || d == BodySummary || d == BodyFull }

// rank grows with the depth; anything unknown shows nothing.
func (d BodyDepth) rank() int { return slices.Index([]BodyDepth{BodySummary, BodyFull}, d) }

// Perspective is which state of the content a caller sees.
type Perspective string

// The perspectives.
const (
	PerspectivePublished Perspective = "PUBLISHED"
	PerspectivePreview   Perspective = "PREVIEW" // and drafts, scheduled and withdrawn entries
)

// Grant is what a caller may do, and with which content. The limits hold for everything that it does. The zero Grant allows
// nothing.
type Grant struct {
	Scopes           []Scope
	Categories       []ID     // with everything below them; empty for all
	Locales          []Locale // empty for all
	SyndicatableOnly bool
	BodyDepth        BodyDepth
}

// Has says whether the grant holds the scope.
func (g *Grant) Has(s Scope) bool { return slices.Contains(g.Scopes, s) }

// Perspective is the one that the scopes yield: who may edit sees what it edits.
func (g *Grant) Perspective() Perspective {
	if g.Has(ScopeContentPreview) || g.Has(ScopeContentEdit) {
		return PerspectivePreview
	}
	return PerspectivePublished
}

// Body is how much text may be read: what the scopes allow, at most the grant's depth.
func (g *Grant) Body() BodyDepth {
	depth := BodyNone
	switch {
	case g.Has(ScopeContentReadFull) || g.Has(ScopeContentEdit):
		depth = BodyFull
	case g.Has(ScopeContentRead) || g.Has(ScopeContentPreview):
		depth = BodySummary
	}
	if g.BodyDepth.rank() < depth.rank() {
		depth = g.BodyDepth
	}
	if !depth.Known() {
		return BodyNone
	}
	return depth
}

// CategoryIds are the categories that the grant is limited to.
func (g *Grant) CategoryIds() []ID { return g.Categories }

// Check says what is wrong with the grant. Whether its categories exist is not looked at.
func (g *Grant) Check() error {
	if len(g.Scopes) == 0 {
		return Invalidf("a key without a scope can do nothing; give it at least one of %s", allScopes())
	}
	for i, s := range g.Scopes {
		if !s.Known() || slices.Contains(g.Scopes[:i], s) {
			return Invalidf("%q is not a scope or is given twice; the scopes are %s", s, allScopes())
		}
	}
	for _, c := range g.Categories {
		if c.Kind() != KindCategory {
			return Invalidf("%q is not a category; limit a key to categories", c)
		}
	}
	for _, l := range g.Locales {
		if _, err := bcp47.Parse(string(l)); err != nil {
			return Invalidf("%q is no language tag; write it as en or pt-BR", l)
		}
	}
	if !g.BodyDepth.Known() {
		return Invalidf("%q is not a body depth; use NONE, SUMMARY or FULL", g.BodyDepth)
	}
	return nil
}

// Covers refuses another grant, with a Forbidden error, that allows more than this one: nobody hands out what they lack. A
// category below one of this grant's is refused too, since categories move: name the same ones.
func (g *Grant) Covers(other *Grant) error {
	for _, s := range other.Scopes {
		if !g.Has(s) {
			return Forbiddenf("nobody can hand out the scope %s without holding it", s)
		}
	}
	switch {
	case !narrows(g.Categories, other.Categories):
		return Forbiddenf("this key is limited to some categories; a key that it makes must be limited to the same or fewer")
	case !narrows(g.Locales, other.Locales):
		return Forbiddenf("this key is limited to the languages %v; a key that it makes must be limited to the same or fewer", g.Locales)
	case g.SyndicatableOnly && !other.SyndicatableOnly:
		return Forbiddenf("this key is limited to syndicatable content; a key that it makes must be too")
	case g.BodyDepth.rank() < other.BodyDepth.rank():
		return Forbiddenf("this key reads bodies to the depth %s; a key that it makes cannot read more", g.BodyDepth)
	}
	return nil
}

// narrows says whether a limit, where empty is none, lets through no more than another.
func narrows[T comparable](wide, narrow []T) bool {
	if len(wide) == 0 {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(v T) bool { return !slices.Contains(wide, v) })
}

// ReadingScopes are those of which a caller needs one to read any content.
var ReadingScopes = []Scope{ScopeContentRead, ScopeContentReadFull, ScopeContentPreview, ScopeContentEdit}

// Caller is who sends a request. It is decided once, before the request is looked at.
type Caller struct {
	Name    string // for people and the journal; empty when nobody is known
	KeyID   ID     // 0 for a caller without an API key
	Preview ID     // the entry that a preview token shows, whatever its status; 0 for none
	Grant
}

// AnyCaller is the caller of whom nothing is known. It may read what is published.
func AnyCaller() *Caller {
	return &Caller{Grant: Grant{Scopes: []Scope{ScopeContentRead, ScopeContentReadFull}, BodyDepth: BodyFull}}
}

// Operator is the caller of whoever has the database itself: it may do everything.
func Operator() *Caller {
	c := &Caller{Name: "operator", Grant: Grant{BodyDepth: BodyFull}}
	for _, s := range Scopes {
		c.Scopes = append(c.Scopes, s.Scope)
	}
	return c
}

// Anonymous says whether nothing is known of the caller.
func (c *Caller) Anonymous() bool { return c.Name == "" }

// Require refuses a caller that holds none of the scopes: Unauthenticated when nothing is known of it, else Forbidden.
func (c *Caller) Require(anyOf ...Scope) error {
	if slices.ContainsFunc(anyOf, c.Has) {
		return nil
	}
	needed := strings.ReplaceAll(join(anyOf), ", ", " or ")
	if c.Anonymous() {
		return Unauthenticatedf("this needs the scope %s; send an API key that has it as the header Authorization: Bearer KEY", needed)
	}
	return Forbiddenf("this needs the scope %s, and %s has %s; ask for a key with the scope", needed, c.Name, join(c.Scopes))
}

// MayRead refuses texts that lie deeper than the caller may read.
func (c *Caller) MayRead(depth BodyDepth) error {
	if c.Body().rank() >= depth.rank() {
		return nil
	}
	if c.BodyDepth.rank() < depth.rank() {
		return Forbiddenf("%s reads texts to the depth %s, and this needs %s; leave the field out, or ask for a key that reads more", c.Name, c.BodyDepth, depth)
	}
	needed := []Scope{ScopeContentReadFull, ScopeContentEdit}
	if depth == BodySummary {
		needed = ReadingScopes
	}
	return c.Require(needed...)
}

// APIKey is a key of the API without its secret, which nobody keeps.
type APIKey struct {
	ID     ID
	Name   string
	Prefix string // the beginning of the secret, by which people recognise a key; one key each
	Grant
	CreatedAt  time.Time
	ExpiresAt  *time.Time // the first instant at which it is refused; nil for never
	RevokedAt  *time.Time
	LastUsedAt *time.Time // to the minute
}

// The connection of keys.
type (
	APIKeyEdge       = Edge[*APIKey]
	APIKeyConnection = Connection[*APIKeyEdge, *APIKey]
)

// NodeID is the key's id.
func (k *APIKey) NodeID() ID { return k.ID }

// Caller is who sends requests with the key.
func (k *APIKey) Caller() *Caller { return &Caller{Name: k.Name, KeyID: k.ID, Grant: k.Grant} }

// ExpiredAt says whether the key has ended by itself at that instant.
func (k *APIKey) ExpiredAt(now time.Time) bool {
	return k.ExpiresAt != nil && !now.Before(*k.ExpiresAt)
}

// Viewer is a caller as it is told who it is.
type Viewer struct {
	Name        *string // nil when nobody is known
	Scopes      []Scope
	Perspective Perspective
	Grant       *Grant
	APIKey      *APIKey // nil without one
}

// CreateAPIKeyPayload is what became of a new key.
type CreateAPIKeyPayload struct {
	APIKey     *APIKey
	Secret     *string
	UserErrors []UserError
}

// APIKeyPayload is what became of a key.
type APIKeyPayload struct {
	APIKey     *APIKey
	UserErrors []UserError
}

// PreviewTokenPayload is a new preview token.
type PreviewTokenPayload struct {
	Token      *string
	URL        *URL
	ExpiresAt  *time.Time
	UserErrors []UserError
}

// maxKeyName is in characters.
const maxKeyName = 100

// Check says what is wrong with a key that is to be made now.
func (k *APIKey) Check(now time.Time) error {
	if k.Name == "" || strings.TrimSpace(k.Name) != k.Name || !utf8.ValidString(k.Name) ||
		utf8.RuneCountInString(k.Name) > maxKeyName || strings.ContainsFunc(k.Name, notShown) {
		return Invalidf("%q is no name of a key; say in 1 to %d characters on one line who uses it and what for", k.Name, maxKeyName)
	}
	if k.ExpiredAt(now) {
		return Invalidf("the key would expire at %s, which is past; choose a later time", k.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return k.Grant.Check()
}

// notShown is for characters that could make one name look like another in a list.
func notShown(r rune) bool { return !unicode.IsPrint(r) }
