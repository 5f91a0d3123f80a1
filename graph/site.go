package graph

import (
	"context"
	"slices"

	"github.com/dateline-cms/dateline/internal/news"
)

func (r *query) Site(ctx context.Context) (*news.Site, error) { return siteOf(ctx) }

func (r *site) Menus(_ context.Context, s *news.Site, locations []string) ([]*news.Menu, error) {
	menus := []*news.Menu{}
	for i, m := range s.AllMenus {
		if locations == nil || slices.Contains(locations, m.Location) {
			menus = append(menus, &s.AllMenus[i])
		}
	}
	return menus, nil
}

func (r *menuItem) URL(ctx context.Context, i *news.MenuItem) (news.URL, error) {
	return absolute(ctx, i.Target)
}

func (r *aboutBlock) Page(ctx context.Context, b *news.AboutBlock) (*news.Page, error) {
	return load(ctx, pageOfAbout, b)
}

func (r *query) Page(ctx context.Context, ref news.SlugRef) (*news.Page, error) {
	found, err := viewOf(ctx).Page(ctx, ref)
	return announceFound(ctx, found, err)
}

func (r *page) URL(ctx context.Context, p *news.Page) (news.URL, error) { return absolute(ctx, p.Path) }

func (r *page) Body(ctx context.Context, p *news.Page) (*news.Body, error) {
	return required(load(ctx, bodyOfPage, p))
}

func (r *page) Parent(ctx context.Context, p *news.Page) (*news.Page, error) {
	return load(ctx, parentOfPage, p)
}

func (r *page) Children(ctx context.Context, p *news.Page) ([]*news.Page, error) {
	return load(ctx, childrenOfPage, p)
}

func (r *page) ExternalRefs(ctx context.Context, p *news.Page) ([]*news.ExternalRef, error) {
	return load(ctx, refsOfNode, news.Node(p))
}
