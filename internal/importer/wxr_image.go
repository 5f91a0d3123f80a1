package importer

import (
	"cmp"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/dateline-cms/dateline/internal/markup"
	"github.com/dateline-cms/dateline/internal/news"
)

func (w *wxr) attachment(p *post) error {
	address := strings.TrimSpace(cmp.Or(p.AttachmentURL, p.GUID))
	u, err := url.Parse(address)
	if err != nil || address == "" {
		w.in.fail(p.origin, fmt.Sprintf("attachment_url %q is not an address", clip(address, 80)))
		return nil
	}
	kind, _, _ := strings.Cut(mime.TypeByExtension(strings.ToLower(path.Ext(u.Path))), ";")
	kind = cmp.Or(imageTypes[strings.ToLower(path.Ext(u.Path))], kind)
	if !strings.HasPrefix(kind, "image/") {
		w.in.skip(p.origin, fmt.Sprintf("not an image (%s)", cmp.Or(kind, clip(path.Ext(u.Path), 20), "no file name extension")))
		return nil
	}
	rec := &news.ImageRecord{Image: news.Image{File: news.URL(address), MimeType: kind}, Caption: news.HTML(strings.TrimSpace(p.Excerpt.Text))}
	if safe, ok := markup.SafeURL(address); ok {
		rec.File = news.URL(safe)
	}
	if title := markup.PlainTitle(p.Title); title != "" {
		rec.Title = &title
	}
	if alt, ok := p.meta("_wp_attachment_image_alt"); ok {
		alt = markup.PlainTitle(alt)
		rec.AltText = &alt
	}
	w.imageMeta(p, rec)
	if p.id > 0 && len(w.attachments) < maxAttachments {
		a := attachment{url: string(rec.File), caption: string(rec.Caption)}
		if rec.AltText != nil {
			a.alt = *rec.AltText
		}
		w.attachments[p.id] = a
		if parent, err := strconv.ParseInt(strings.TrimSpace(p.Parent), 10, 64); err == nil && parent > 0 {
			w.uploads[parent] = append(w.uploads[parent], p.id)
		}
	}
	return w.in.record(p.origin, news.Record{Ref: p.ref, Image: rec}, p.allNotes())
}

// imageTypes are those that the system's table may lack.
var imageTypes = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".png": "image/png", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml", ".bmp": "image/bmp", ".tif": "image/tiff",
	".tiff": "image/tiff", ".ico": "image/vnd.microsoft.icon", ".heic": "image/heic",
}

// imageMeta reads what WordPress found in the file.
func (w *wxr) imageMeta(p *post, rec *news.ImageRecord) {
	data, ok := p.meta("_wp_attachment_metadata")
	if !ok || strings.TrimSpace(data) == "" {
		return
	}
	found := phpArray(strings.TrimSpace(data))
	if found == nil {
		p.note("its _wp_attachment_metadata cannot be read: size and credit are left out")
		return
	}
	size := func(key string) *int {
		n, err := strconv.Atoi(found[key])
		if err != nil || n <= 0 || n > 1_000_000 {
			return nil
		}
		return &n
	}
	rec.Width, rec.Height, rec.SizeInBytes = size("width"), size("height"), nil
	if n, err := strconv.Atoi(found["filesize"]); err == nil && n > 0 {
		rec.SizeInBytes = &n
	}
	credit := markup.PlainTitle(cmp.Or(found["image_meta.credit"], found["image_meta.copyright"]))
	if credit != "" {
		rec.Credit = &credit
	}
}
