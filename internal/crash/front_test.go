package crash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
	"github.com/dateline-cms/dateline/internal/store"
)

func repeater(writer int) string { return fmt.Sprintf("repeater:%d", writer) }

// repeat creates an article, and asks for the one before again: another process may have made that, and been killed before it
// could say so.
func repeat(ctx context.Context, s opened, writer, n int) error {
	ask := func(n int) (news.ID, error) {
		title := fmt.Sprintf("Again %d of %d", n, writer)
		return create(ctx, s, repeater(writer), title, filed(title, nil))
	}
	if n > 1 {
		again, err := ask(n - 1)
		if err != nil {
			return err
		}
		before, err := named(ctx, s, "articles", fmt.Sprintf("Again %d of %d", n-1, writer))
		if err == nil && again != before {
			err = fmt.Errorf("a creation that is asked for again gives %s; it was %s", again, before)
		}
		if err != nil {
			return err
		}
	}
	_, err := ask(n)
	return err
}

func repeatsWritten(ctx context.Context, s opened, writer int) (int, error) {
	n, err := number(ctx, s, `SELECT count(*) FROM changes WHERE by = ?`, repeater(writer))
	if err != nil {
		return 0, err
	}
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("Again %d of %d", i+1, writer))
	}
	return n, wantTexts(ctx, s, want, `SELECT title FROM articles WHERE title GLOB 'Again * of ' || ? ORDER BY id`, fmt.Sprint(writer))
}

func curator(writer int) string { return fmt.Sprintf("curator:%d", writer) }

// curate takes three pieces of work for one story: it is made; the front story and it are pinned at each other in one batch, or it
// is hidden at the front story; and the story before it, which still is so, is deleted.
func curate(ctx context.Context, s opened, writer, n int) error {
	round, step := (n-1)/3+1, (n-1)%3
	by, front := curator(writer), fmt.Sprintf("Front of %d", writer)
	title := func(i int) string { return fmt.Sprintf("Story %d of %d", i, writer) }
	if n == 1 {
		for _, title := range []string{front, title(0)} {
			if _, err := create(ctx, s, "before "+by, title, filed(title, nil)); err != nil {
				return err
			}
		}
	}
	switch step {
	case 0:
		_, err := create(ctx, s, by, title(round), filed(title(round), nil))
		return err
	case 2:
		before, err := named(ctx, s, "articles", title(round-1))
		if err == nil {
			_, err = s.Delete(ctx, store.Step{ID: before, By: by})
		}
		return err
	}
	story, err := named(ctx, s, "articles", title(round))
	if err != nil {
		return err
	}
	at, err := named(ctx, s, "articles", front)
	if err != nil {
		return err
	}
	pin := func(at, story news.ID) store.Edit {
		return store.Edit{ID: at, By: by, Change: func(r *news.Record) error {
			r.Article.Related = append([]news.Pin{{Article: news.RefOf(story), IsMutual: true}}, r.Article.Related...)
			return nil
		}}
	}
	if isPin(round) {
		_, err = s.Relate(ctx, pin(at, story), pin(story, at), true)
		return err
	}
	_, err = s.Save(ctx, store.Edit{ID: at, By: by, Change: func(r *news.Record) error {
		r.Article.Hidden = append(news.Hides(news.RefOf(story)), r.Article.Hidden...)
		return nil
	}})
	return err
}

// isPin lets two pins follow each other, and two hidden stories.
func isPin(round int) bool { return round%4 < 2 }

func curatedWritten(ctx context.Context, s opened, writer int) (int, error) {
	var counts [3]int // of the stories made, saved changes of the front story, and stories deleted
	for i, sql := range []string{
		`SELECT count(*) FROM changes WHERE by = ? AND version = 1`,
		`SELECT count(*) FROM changes c JOIN articles a ON a.id = c.subject WHERE c.by = ? AND c.kind = 'UPDATED' AND a.title GLOB 'Front of *'`,
		`SELECT count(*) FROM changes WHERE by = ? AND kind = 'DELETED'`,
	} {
		var err error
		if counts[i], err = number(ctx, s, sql, curator(writer)); err != nil {
			return 0, err
		}
	}
	made, deleted := counts[0], counts[2]
	linked := counts[1] - max(deleted-1, 0) // a deletion changes the front story too, but for that of the story before the first
	if linked < deleted || linked > made || made > deleted+1 {
		return 0, fmt.Errorf("%d stories were made, %d linked and %d deleted", made, linked, deleted)
	}
	n := made + linked + deleted
	if n == 0 {
		return 0, nil
	}
	if err := wantTexts(ctx, s, []string{fmt.Sprint(1 + counts[1])}, `SELECT version || '' FROM articles WHERE title = 'Front of ' || ?`, fmt.Sprint(writer)); err != nil {
		return 0, err
	}
	return n, compareStories(ctx, s, writer, made, linked, deleted)
}

// compareStories looks whether the stories that are left, and what the front story says of them, are those after so many.
func compareStories(ctx context.Context, s opened, writer, made, linked, deleted int) error {
	var stories, related, hidden []string
	for i := deleted; i <= made; i++ {
		title := fmt.Sprintf("Story %d of %d", i, writer)
		stories = append(stories, title)
		switch {
		case i == 0 || i > linked:
		case isPin(i):
			related = append([]string{title}, related...)
		default:
			hidden = append([]string{title}, hidden...)
		}
	}
	err := wantTexts(ctx, s, stories, `SELECT title FROM articles WHERE title GLOB 'Story * of ' || ? ORDER BY id`, fmt.Sprint(writer))
	if err == nil {
		err = wantTexts(ctx, s, related, `SELECT s.title FROM articles a JOIN related_articles r ON r.article_id = a.id JOIN articles s ON s.id = r.related_id
			WHERE a.title = 'Front of ' || ? ORDER BY r.position`, fmt.Sprint(writer))
	}
	if slices.Reverse(related); err == nil {
		err = wantTexts(ctx, s, related, `SELECT s.title FROM articles a JOIN related_articles r ON r.related_id = a.id JOIN articles s ON s.id = r.article_id
			WHERE a.title = 'Front of ' || ? ORDER BY s.id`, fmt.Sprint(writer))
	}
	if err == nil {
		err = wantTexts(ctx, s, hidden, `SELECT s.title FROM articles a JOIN hidden_related_articles r ON r.article_id = a.id JOIN articles s ON s.id = r.hidden_id
			WHERE a.title = 'Front of ' || ? ORDER BY s.id DESC`, fmt.Sprint(writer))
	}
	return err
}

func uploader(writer int) string { return fmt.Sprintf("uploader:%d", writer) }

// upload stores a picture of noise and makes an image of it, as the mutation does.
func upload(ctx context.Context, s opened, writer, n int) error {
	noise := image.NewGray(image.Rect(0, 0, 90, 60))
	random := rand.New(rand.NewPCG(uint64(writer), uint64(n)))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, noise); err != nil {
		return err
	}
	file, err := s.uploads.Save(ctx, &picture)
	if err != nil {
		return err
	}
	alt := fmt.Sprintf("Noise %d of %d", n, writer)
	_, err = create(ctx, s, uploader(writer), alt, func() news.Record {
		i := &news.ImageRecord{}
		i.File, i.MimeType, i.AltText, i.SizeInBytes, i.Width, i.Height = news.URL(file.Path), file.MimeType, &alt, &file.Size, &file.Width, &file.Height
		return news.Record{Image: i}
	})
	return err
}

// uploadsWritten reads the file of every image: its name is the SHA-256 of what is in it.
func uploadsWritten(ctx context.Context, s opened, writer int) (n int, err error) {
	type stored struct {
		alt, url string
		size     int
	}
	var images []stored
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT i.alt_text, i.url, i.size FROM changes c JOIN images i ON i.id = c.subject WHERE c.by = ? ORDER BY c.seq`, Args: []any{uploader(writer)},
		Scan: func(r *engine.Row) error { images = append(images, stored{r.Text(), r.Text(), r.Int()}); return nil }})
	if err != nil {
		return 0, err
	}
	for i, image := range images {
		if want := fmt.Sprintf("Noise %d of %d", i+1, writer); image.alt != want {
			return 0, fmt.Errorf("an image is %q; want %q", image.alt, want)
		}
		name := filepath.Base(image.url)
		data, err := os.ReadFile(filepath.Join(s.folder, name[:2], name))
		if err != nil {
			return 0, err
		}
		if sum := sha256.Sum256(data); len(data) != image.size || !strings.HasPrefix(name, hex.EncodeToString(sum[:])) {
			return 0, fmt.Errorf("%s has %d bytes, and not those that were stored", name, len(data))
		}
	}
	return len(images), nil
}
