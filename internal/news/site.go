package news

import (
	"context"
	"net/url"
	"time"

	bcp47 "golang.org/x/text/language"
)

// Page is a standing page such as About Us, Contact or Privacy.
type Page struct {
	Head
	ParentID ID `json:"-"` // zero at the top
}

// Site is the publication as a whole; a database holds one.
type Site struct {
	ID            ID        `json:"-"`
	Name          string    `json:"name"`
	Tagline       *string   `json:"tagline,omitempty"`
	URL           URL       `json:"url,omitempty"` // no trailing slash
	TimeZone      TimeZone  `json:"timeZone,omitempty"`
	DefaultLocale Locale    `json:"defaultLocale,omitempty"`
	Locales       []Locale  `json:"locales,omitempty"`
	SocialLinks   []URL     `json:"socialLinks,omitempty"`
	AllMenus      []Menu    `json:"menus,omitempty"`
	Revision      int       `json:"-"`
	UpdatedAt     time.Time `json:"updatedAt,omitzero"`

	// RelatedHalfLife is how many days apart two articles are that seem half as related for it; 0 when age plays no part,
	// nil for what is usual.
	RelatedHalfLife *int `json:"relatedHalfLife,omitempty"`

	About *AboutBlock `json:"-"`
}

// NodeID is the site's id.
func (s *Site) NodeID() ID { return s.ID }

// AboutBlock is the "About Us" box.
type AboutBlock struct {
	Heading string
	Body    *Body
	PageID  ID // the full page; zero when there is none
}

// Menu is a list of links for one place of the site's layout.
type Menu struct {
	Location string     `json:"location"`
	Items    []MenuItem `json:"items"`
}

// MenuItem is one link of a menu. Items are in display order; nesting is given by ParentIndex.
type MenuItem struct {
	Label       string `json:"label"`
	Target      URL    `json:"url"` // absolute, or root-relative on this site
	ParentIndex *int   `json:"parentIndex,omitempty"`
}

// PathResolution is what an address stands for now: [PathFound], [PathMoved] or [PathGone].
type PathResolution interface{ isPathResolution() }

// PathFound is the answer for a canonical path.
type PathFound struct {
	Node   Routable
	Locale Locale
}

// PathMoved is the answer for a path that was replaced.
type PathMoved struct {
	Location   Path
	HTTPStatus int // 301
	Node       Routable
	Since      time.Time
}

// PathGone is the answer for something that was withdrawn on purpose.
type PathGone struct {
	Reason *string
	Since  time.Time
}

func (*PathFound) isPathResolution() {}
func (*PathMoved) isPathResolution() {}
func (*PathGone) isPathResolution()  {}

// SearchResult is what a search can find.
type SearchResult interface{ Routable }

// SearchEdge is a found node with its rank.
type SearchEdge struct {
	Edge[SearchResult]
	Score float64 // greater is better; comparable within one answer only

	// Highlighted are the highlights of all edges of the page, by the node; it is asked only when they are selected.
	Highlighted func() (map[ID][]*SearchHighlight, error)
}

// Highlights are the places where what was looked for stands.
func (e *SearchEdge) Highlights() ([]*SearchHighlight, error) {
	found, err := e.Highlighted()
	return found[e.Node.NodeID()], err
}

// SearchHighlight is a text, or a part of one, with what was found in it.
type SearchHighlight struct {
	Field SearchTextField
	HTML  HTML // with mark elements alone
}

// SearchTextField is a text that a search looks at.
type SearchTextField string

// SearchTextFields are the texts that a search looks at.
var SearchTextFields = []SearchTextField{"TITLE", "STANDFIRST", "BODY", "BYLINE"}

// SearchConnection is one page of what a search has found.
type SearchConnection struct {
	Connection[*SearchEdge, SearchResult]

	// Suggest is asked only when suggestion is selected; it is empty for none.
	Suggest func(context.Context) (string, error)
	// Total counts up to a bound.
	Total func(context.Context) (n int, exact bool, err error)
	// Counted are the facets without their nodes.
	Counted func(ctx context.Context, fields []SearchFacetField, limit int) ([]*SearchFacet, error)
}

// Suggestion is a better spelling, or nothing.
func (c *SearchConnection) Suggestion(ctx context.Context) (*string, error) {
	better, err := c.Suggest(ctx)
	if better == "" {
		return nil, err
	}
	return &better, err
}

// TotalCount is how many hits there are, at most the bound.
func (c *SearchConnection) TotalCount(ctx context.Context) (int, error) {
	n, _, err := c.Total(ctx)
	return n, err
}

// IsTotalCountExact says whether there are no more hits than TotalCount.
func (c *SearchConnection) IsTotalCountExact(ctx context.Context) (bool, error) {
	_, exact, err := c.Total(ctx)
	return exact, err
}

// maxHalfLife is a hundred years, in days.
const maxHalfLife = 36_525

// CheckSettings says what is wrong with the site's address, zone or language; empty ones are not looked at.
func (s *Site) CheckSettings() error {
	if s.URL != "" {
		u, err := url.Parse(string(s.URL))
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
			return Invalidf("%q is no address of a site; write it as https://news.example", s.URL)
		}
	}
	if s.TimeZone != "" {
		if _, err := s.TimeZone.Location(); err != nil {
			return err
		}
	}
	if s.RelatedHalfLife != nil && (*s.RelatedHalfLife < 0 || *s.RelatedHalfLife > maxHalfLife) {
		return Invalidf("relatedHalfLife is %d days; give 0 to %d", *s.RelatedHalfLife, maxHalfLife)
	}
	if s.DefaultLocale != "" {
		if _, err := bcp47.Parse(string(s.DefaultLocale)); err != nil {
			return Invalidf("%q is no language tag; write it as en or pt-BR", s.DefaultLocale)
		}
	}
	return nil
}
