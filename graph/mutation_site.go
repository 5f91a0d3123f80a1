package graph

import (
	"bytes"
	"context"
	"html"
	"mime"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/graph/input"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

// IMAGES

func imagePayload(i *news.Image, _ store.Saved, errs []news.UserError, err error) (*news.ImagePayload, error) {
	return &news.ImagePayload{Image: i, UserErrors: errs}, err
}

func (r *mutation) CreateImage(ctx context.Context, in input.CreateImageInput) (*news.ImagePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return imagePayload(save[*news.Image](ctx, r, news.KindImage, store.Edit{By: by.Name, Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Image = &news.ImageRecord{}
		return editImage(rec.Image, graphql.OmittableOf(&in.URL), &in.Image)
	}}))
}

func (r *mutation) UploadImage(ctx context.Context, in input.UploadImageInput) (*news.UploadImagePayload, error) {
	by, err := requires(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	file, err := r.Media.Save(ctx, bytes.NewReader(in.File.Data))
	if err != nil {
		errs, err := refused(err, "input", "file")
		return &news.UploadImagePayload{Removed: []string{}, UserErrors: errs}, err
	}
	image := input.Image{ImageWords: in.ImageWords, MimeType: graphql.OmittableOf(&file.MimeType), SizeInBytes: graphql.OmittableOf(&file.Size),
		Width: graphql.OmittableOf(sizeOrNone(file.Width)), Height: graphql.OmittableOf(sizeOrNone(file.Height))}
	made, _, errs, err := save[*news.Image](ctx, r, news.KindImage, store.Edit{By: by.Name, Key: textOr(in.IdempotencyKey), Change: func(rec *news.Record) error {
		rec.Image = &news.ImageRecord{}
		return editImage(rec.Image, graphql.OmittableOf(new(news.URL(file.Path))), &image)
	}})
	return &news.UploadImagePayload{Image: made, Removed: append([]string{}, file.Removed...), UserErrors: errs}, err
}

// sizeOrNone is nothing for an SVG that does not say how large it is.
func sizeOrNone(pixels int) *int {
	if pixels == 0 {
		return nil
	}
	return &pixels
}

func (r *mutation) UpdateImage(ctx context.Context, in input.UpdateImageInput) (*news.ImagePayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentEdit)
	if err != nil {
		return nil, err
	}
	return imagePayload(save[*news.Image](ctx, r, news.KindImage, store.Edit{ID: in.ID, Expected: seen(in.ExpectedRevision), By: by.Name, Change: func(rec *news.Record) error {
		return editImage(rec.Image, in.URL, &in.Image)
	}}))
}

func editImage(i *news.ImageRecord, address graphql.Omittable[*news.URL], in *input.Image) error {
	if v, ok := address.ValueOK(); ok {
		file := valueOr(v, "")
		if err := file.CheckTarget(); err != nil {
			return badInput{err, "url"}
		}
		i.File = file
	}
	edit(in.MimeType, func(v *string) { i.MimeType = textOr(v) })
	if i.MimeType == "" {
		name, _, _ := strings.Cut(string(i.File), "?")
		i.MimeType, _, _ = strings.Cut(mime.TypeByExtension(path.Ext(name)), ";")
	}
	if !strings.HasPrefix(i.MimeType, "image/") {
		return badInput{news.Invalidf("the media type is %q, which is no image's; say which it is, such as image/jpeg", i.MimeType), "mimeType"}
	}
	for _, n := range []struct {
		field string
		to    **int
		in    graphql.Omittable[*int]
	}{{"sizeInBytes", &i.SizeInBytes, in.SizeInBytes}, {"width", &i.Width, in.Width}, {"height", &i.Height, in.Height}} {
		v, ok := n.in.ValueOK()
		if v != nil && *v < 1 {
			return badInput{news.Invalidf("%s is %d; give a number above 0, or none", n.field, *v), n.field}
		}
		if ok {
			*n.to = v
		}
	}
	edit(in.Title, func(v *string) { i.Title = escapedOrNone(v) })
	edit(in.Credit, func(v *string) { i.Credit = escapedOrNone(v) })
	edit(in.AltText, func(v *string) { i.AltText = escapedOrNone(v) })
	return editText(&i.Caption, in.Caption, "caption")
}

// escapedOrNone is a text as records hold it.
func escapedOrNone(s *string) *string {
	if s == nil {
		return nil
	}
	return new(html.EscapeString(*s))
}

// THE SITE

// saveSite makes an edit of the site, and lets what follows in the answer see it.
func (r *mutation) saveSite(ctx context.Context, expected int, change func(*news.SiteRecord) error) (*news.SitePayload, error) {
	by, err := requiresAll(ctx, news.ScopeContentPublish)
	if err != nil {
		return nil, err
	}
	site, err := r.Store.Site(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := r.Store.Save(ctx, store.Edit{ID: site.ID, Expected: seen(expected), By: by.Name, Change: func(rec *news.Record) error { return change(rec.Site) }})
	if err == nil {
		loadersOf(ctx).forgetSite(ctx, r.Store)
	}
	site, _, errs, err := outcome[*news.Site](ctx, r, saved, err)
	return &news.SitePayload{Site: site, UserErrors: errs}, err
}

// forgetSite lets the site be read again. The fields of a mutation run one after the other, so nobody reads it meanwhile.
func (l *loaders) forgetSite(ctx context.Context, s *store.Store) {
	l.site = sync.OnceValues(func() (*news.Site, error) { return s.Site(ctx) })
}

func (r *mutation) UpdateSite(ctx context.Context, in input.UpdateSiteInput) (*news.SitePayload, error) {
	return r.saveSite(ctx, in.ExpectedRevision, func(s *news.SiteRecord) error { return editSite(s, &in) })
}

func editSite(s *news.SiteRecord, in *input.UpdateSiteInput) error {
	if err := editName(&s.Name, in.Name); err != nil {
		return err
	}
	if err := editSetting(&s.Site.URL, in.URL, "url"); err != nil {
		return err
	}
	if err := editSetting(&s.TimeZone, in.TimeZone, "timeZone"); err != nil {
		return err
	}
	if err := editSetting(&s.DefaultLocale, in.DefaultLocale, "defaultLocale"); err != nil {
		return err
	}
	edit(in.Tagline, func(v *string) {
		if v != nil || s.Tagline != nil { // an empty one takes it away
			s.Tagline = new(html.EscapeString(textOr(v)))
		}
	})
	edit(in.Locales, func(v []news.Locale) { s.Locales = append([]news.Locale{}, v...) })
	for _, l := range s.Locales {
		if err := (&news.Site{DefaultLocale: l}).CheckSettings(); err != nil {
			return badInput{err, "locales"}
		}
	}
	if err := editAddresses(&s.SocialLinks, in.SocialLinks, "socialLinks"); err != nil {
		return err
	}
	if s.SocialLinks == nil {
		s.SocialLinks = []news.URL{}
	}
	if days, ok := in.RelatedHalfLife.ValueOK(); ok {
		if err := (&news.Site{RelatedHalfLife: days}).CheckSettings(); err != nil {
			return badInput{err, "relatedHalfLife"}
		}
		s.RelatedHalfLife = days
	}
	return editAbout(s, in.About)
}

// editSetting sets something that a site cannot be without.
func editSetting[S ~string](to *S, in graphql.Omittable[*S], field string) error {
	v, ok := in.ValueOK()
	if !ok {
		return nil
	}
	if v == nil || *v == "" {
		return badInput{news.Invalidf("%s cannot be cleared; leave it out to keep it", field), field}
	}
	var settings news.Site
	switch v := any(*v).(type) {
	case news.URL:
		settings.URL = v
	case news.TimeZone:
		settings.TimeZone = v
	case news.Locale:
		settings.DefaultLocale = v
	}
	if err := settings.CheckSettings(); err != nil {
		return badInput{err, field}
	}
	*to = *v
	return nil
}

func editAbout(s *news.SiteRecord, in graphql.Omittable[*input.AboutInput]) error {
	v, ok := in.ValueOK()
	switch {
	case !ok:
		return nil
	case v == nil:
		if s.About != nil {
			s.About = &news.AboutRecord{} // which takes it away
		}
		return nil
	case strings.TrimSpace(v.Heading) == "":
		return badInput{news.Invalidf("about.heading is empty; give one, or null for about to take the box away"), "about"}
	}
	body, err := bodyOf(&v.Body)
	if err != nil {
		return badInput{err, "about"}
	}
	s.About = &news.AboutRecord{Heading: html.EscapeString(v.Heading), Body: body, Page: refOrNone(v.PageID)}
	return nil
}

func (r *mutation) UpdateMenu(ctx context.Context, in input.UpdateMenuInput) (*news.SitePayload, error) {
	return r.saveSite(ctx, in.ExpectedRevision, func(s *news.SiteRecord) error {
		menu := news.Menu{Location: in.Location}
		if strings.TrimSpace(in.Location) == "" {
			return badInput{news.Invalidf("location is empty; name the place of the menu in the layout"), "location"}
		}
		for i, item := range in.Items {
			if err := checkItem(i, item); err != nil {
				return badInput{err, "items"}
			}
			menu.Items = append(menu.Items, news.MenuItem{Label: item.Label, Target: item.URL, ParentIndex: item.ParentIndex})
		}
		menus := append([]news.Menu{}, s.AllMenus...)
		at := slices.IndexFunc(menus, func(m news.Menu) bool { return m.Location == in.Location })
		switch {
		case at < 0 && len(menu.Items) > 0:
			menus = append(menus, menu)
		case at >= 0 && len(menu.Items) > 0:
			menus[at] = menu
		case at >= 0:
			menus = slices.Delete(menus, at, at+1)
		}
		s.AllMenus = menus
		return nil
	})
}

func checkItem(i int, item *input.MenuItemInput) error {
	if strings.TrimSpace(item.Label) == "" {
		return news.Invalidf("items[%d].label is empty; say what is shown", i)
	}
	if err := item.URL.CheckTarget(); err != nil {
		return news.Invalidf("items[%d].url: %v", i, err)
	}
	if p := item.ParentIndex; p != nil && (*p < 0 || *p >= i) {
		return news.Invalidf("items[%d].parentIndex is %d; a link stands below one that comes before it", i, *p)
	}
	return nil
}
