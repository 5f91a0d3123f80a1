package news

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseScopes(t *testing.T) {
	got, err := ParseScopes("CONTENT_READ, content-edit,events_edit,CONTENT_READ")
	if want := []Scope{ScopeContentRead, ScopeContentEdit, ScopeEventsEdit}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, wrong := range []string{"", "CONTENT_READ,", "CONTENT", "ALL", "CONTENT_READ KEYS_MANAGE"} {
		if got, err := ParseScopes(wrong); KindOf(err) != Invalid || !strings.Contains(err.Error(), "KEYS_MANAGE") {
			t.Errorf("%q was read as %v, %v; want an error that lists the scopes", wrong, got, err)
		}
	}
	if len(Scopes) != 13 {
		t.Errorf("there are %d scopes, issue 4 names 13", len(Scopes))
	}
	seen := map[Scope]bool{}
	for _, s := range Scopes {
		if !s.Scope.Known() || s.Allows == "" || seen[s.Scope] {
			t.Errorf("scope %q is unknown, without description, or there twice", s.Scope)
		}
		seen[s.Scope] = true
	}
}

func TestWhatScopesYield(t *testing.T) {
	for _, c := range []struct {
		scopes      []Scope
		depth       BodyDepth
		body        BodyDepth
		perspective Perspective
	}{
		{nil, BodyFull, BodyNone, PerspectivePublished},
		{[]Scope{ScopeMetricsRead}, BodyFull, BodyNone, PerspectivePublished},
		{[]Scope{ScopeContentRead}, BodyFull, BodySummary, PerspectivePublished},
		{[]Scope{ScopeContentRead}, BodyNone, BodyNone, PerspectivePublished},
		{[]Scope{ScopeContentRead, ScopeContentReadFull}, BodyFull, BodyFull, PerspectivePublished},
		{[]Scope{ScopeContentRead, ScopeContentReadFull}, BodySummary, BodySummary, PerspectivePublished},
		{[]Scope{ScopeContentRead, ScopeContentReadFull}, "", BodyNone, PerspectivePublished},
		{[]Scope{ScopeContentRead, ScopeContentReadFull}, "ALL", BodyNone, PerspectivePublished},
		{[]Scope{ScopeContentPreview}, BodyFull, BodySummary, PerspectivePreview},
		{[]Scope{ScopeContentEdit}, BodyFull, BodyFull, PerspectivePreview},
		{[]Scope{ScopeContentEdit}, BodyNone, BodyNone, PerspectivePreview},
		{[]Scope{ScopeContentPublish, ScopeContentRetract, ScopeEventsEdit, ScopeKeysManage}, BodyFull, BodyNone, PerspectivePublished},
	} {
		g := Grant{Scopes: c.scopes, BodyDepth: c.depth}
		if g.Body() != c.body || g.Perspective() != c.perspective {
			t.Errorf("%v with body %q gives %s and %s, want %s and %s", c.scopes, c.depth, g.Body(), g.Perspective(), c.body, c.perspective)
		}
	}
	var nothing Grant
	if nothing.Has(ScopeContentRead) || nothing.Body() != BodyNone || nothing.Perspective() != PerspectivePublished {
		t.Errorf("the zero grant allows something")
	}
}

func TestGrantCovers(t *testing.T) {
	var ids IDs
	a, b := ids.New(KindCategory, time.Now()), ids.New(KindCategory, time.Now())
	read, keys := []Scope{ScopeContentRead}, []Scope{ScopeContentRead, ScopeKeysManage}
	for _, c := range []struct {
		name        string
		wide, small Grant
		ok          bool
	}{
		{"fewer scopes", Grant{Scopes: keys, BodyDepth: BodyFull}, Grant{Scopes: read, BodyDepth: BodyFull}, true},
		{"more scopes", Grant{Scopes: read, BodyDepth: BodyFull}, Grant{Scopes: keys, BodyDepth: BodyFull}, false},
		{"other scopes", Grant{Scopes: keys}, Grant{Scopes: []Scope{ScopeContentEdit}}, false},
		{"a limit from none", Grant{Scopes: read}, Grant{Scopes: read, Categories: []ID{a}, Locales: []Locale{"de"}, SyndicatableOnly: true}, true},
		{"no limit from one", Grant{Scopes: read, Categories: []ID{a}}, Grant{Scopes: read}, false},
		{"the same limit", Grant{Scopes: read, Categories: []ID{a, b}}, Grant{Scopes: read, Categories: []ID{b}}, true},
		{"another category", Grant{Scopes: read, Categories: []ID{a}}, Grant{Scopes: read, Categories: []ID{a, b}}, false},
		{"another language", Grant{Scopes: read, Locales: []Locale{"de"}}, Grant{Scopes: read, Locales: []Locale{"en"}}, false},
		{"all languages", Grant{Scopes: read, Locales: []Locale{"de"}}, Grant{Scopes: read}, false},
		{"what may not be syndicated", Grant{Scopes: read, SyndicatableOnly: true}, Grant{Scopes: read}, false},
		{"deeper bodies", Grant{Scopes: read, BodyDepth: BodySummary}, Grant{Scopes: read, BodyDepth: BodyFull}, false},
		{"shallower bodies", Grant{Scopes: read, BodyDepth: BodySummary}, Grant{Scopes: read, BodyDepth: BodyNone}, true},
	} {
		err := c.wide.Covers(&c.small)
		if c.ok != (err == nil) || err != nil && KindOf(err) != Forbidden {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestRequire(t *testing.T) {
	nobody, partner := AnyCaller(), &Caller{Name: "The Paper", Grant: Grant{Scopes: []Scope{ScopeContentRead}}}
	if err := nobody.Require(ScopeContentReadFull); err != nil || !nobody.Anonymous() || nobody.Body() != BodyFull || nobody.Perspective() != PerspectivePublished {
		t.Errorf("anybody may not read what is published: %v", err)
	}
	if err := nobody.Require(ScopeContentEdit); KindOf(err) != Unauthenticated || !strings.Contains(err.Error(), "CONTENT_EDIT") {
		t.Errorf("somebody unknown got %v", err)
	}
	err := partner.Require(ScopeContentEdit, ScopeContentPublish)
	if KindOf(err) != Forbidden || !strings.Contains(err.Error(), "CONTENT_EDIT or CONTENT_PUBLISH, and The Paper has CONTENT_READ") {
		t.Errorf("a partner got %v", err)
	}
	if err := partner.Require(ScopeContentEdit, ScopeContentRead); err != nil || partner.Anonymous() {
		t.Errorf("one scope of two is not enough: %v", err)
	}
	if err := partner.Require(); KindOf(err) != Forbidden {
		t.Errorf("no scope is enough: %v", err)
	}
}

func TestKeyCheck(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	var ids IDs
	valid := func() *APIKey {
		return &APIKey{Name: "The Paper, app", Grant: Grant{Scopes: []Scope{ScopeContentRead}, BodyDepth: BodyFull,
			Categories: []ID{ids.New(KindCategory, now)}, Locales: []Locale{"pt-BR"}}, ExpiresAt: new(now.Add(time.Second))}
	}
	if err := valid().Check(now); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*APIKey){
		"no name":          func(k *APIKey) { k.Name = "" },
		"space around":     func(k *APIKey) { k.Name = " x" },
		"two lines":        func(k *APIKey) { k.Name = "a\nb" },
		"text turned over": func(k *APIKey) { k.Name = "a\u202eb" },
		"a long name":      func(k *APIKey) { k.Name = strings.Repeat("ä", 101) },
		"not UTF-8":        func(k *APIKey) { k.Name = "a\xff" },
		"no scope":         func(k *APIKey) { k.Scopes = nil },
		"a scope twice":    func(k *APIKey) { k.Scopes = []Scope{ScopeContentRead, ScopeContentRead} },
		"unknown scope":    func(k *APIKey) { k.Scopes = []Scope{"EVERYTHING"} },
		"no category":      func(k *APIKey) { k.Categories = []ID{ids.New(KindTopic, now)} },
		"no language":      func(k *APIKey) { k.Locales = []Locale{"!!"} },
		"no depth":         func(k *APIKey) { k.BodyDepth = "" },
		"past":             func(k *APIKey) { k.ExpiresAt = &now },
	} {
		k := valid()
		spoil(k)
		if err := k.Check(now); KindOf(err) != Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	k := valid()
	if k.Name = strings.Repeat("ä", 100); k.Check(now) != nil {
		t.Error("100 characters are refused")
	}
	if k.ExpiredAt(now) || !k.ExpiredAt(now.Add(time.Second)) {
		t.Error("a key ends at the instant that it names, not before and not after")
	}
	if k.ExpiresAt = nil; k.ExpiredAt(now.AddDate(1000, 0, 0)) {
		t.Error("a key without an end has ended")
	}
}
