package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// keep saves revisions in a batch as an entry's save would.
func (n *newsroom) keep(saves ...save) error {
	steps, err := n.revisionSteps(context.Background(), saves)
	if err != nil {
		return err
	}
	return n.commit(context.Background(), "", n.clock.now(), nil, steps)
}

func saved(subject news.ID, number int, content string) save {
	return save{Revision: news.Revision{EntryID: subject, Number: number, SavedAt: noon.Add(time.Duration(number) * time.Minute)}, content: []byte(content)}
}

// edited changes a text as editors and programs do, mostly a little, sometimes altogether.
func editedText(r *rand.Rand, text []byte) []byte {
	at := r.IntN(len(text) + 1)
	word := fmt.Appendf(nil, "%x ", r.Uint64())
	switch r.IntN(20) {
	case 0:
		return bytes.Repeat(word, r.IntN(2000))
	case 1:
		random := make([]byte, r.IntN(300))
		for i := range random {
			random[i] = byte(r.Uint32())
		}
		return random
	case 2:
		return []byte{}
	case 3, 4:
		return append(bytes.Clone(text[:at]), text[min(len(text), at+r.IntN(50)):]...)
	case 5:
		return bytes.Clone(text)
	}
	return append(append(bytes.Clone(text[:at]), word...), text[at:]...)
}

// TestRevisionsReadBack: after random edits of several entries, any revision is given back byte for byte.
func TestRevisionsReadBack(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(4) {
		n, r := newNewsroom(t), rand.New(rand.NewPCG(seed, 3))
		kept := map[news.ID][][]byte{}
		texts := [3][]byte{[]byte(strings.Repeat("It rained on the plain. ", 200)), {}, fmt.Appendf(nil, "%0*d", 200_000, 7)}
		for range 100 {
			var batch []save
			for i := range texts {
				if r.IntN(4) == 0 {
					continue
				}
				subject := news.ID(i + 1)
				texts[i] = editedText(r, texts[i])
				kept[subject] = append(kept[subject], texts[i])
				batch = append(batch, saved(subject, len(kept[subject]), string(texts[i])))
			}
			if err := n.keep(batch...); err != nil {
				t.Fatal(err)
			}
		}
		for subject, contents := range kept {
			for i, want := range contents {
				got, err := n.Revision(ctx, subject, i+1)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("seed %d: revision %d of %d: %d bytes, want %d: %v", seed, i+1, subject, len(got), len(want), err)
				}
			}
		}
		deltas, snapshots := n.number(`SELECT count(*) FROM revisions WHERE base IS NOT NULL`), n.number(`SELECT count(*) FROM revisions WHERE base IS NULL`)
		if deltas < 50 || snapshots < 10 {
			t.Errorf("seed %d: %d deltas and %d snapshots show little", seed, deltas, snapshots)
		}
		if chained := n.number(`SELECT count(*) FROM revisions e LEFT JOIN revisions b ON b.subject = e.subject AND b.version = e.base
			WHERE e.base IS NOT NULL AND (b.version IS NULL OR b.base IS NOT NULL OR e.version - b.version >= ?)`, revisionsPerSnapshot); chained != 0 {
			t.Errorf("seed %d: %d deltas hang on what is no snapshot or too old", seed, chained)
		}
	}
}

// TestRevisionsAreSmall: a typo put right in an article costs little, in a long one too, and for ever.
func TestRevisionsAreSmall(t *testing.T) {
	for _, words := range []int{800, 20_000} {
		n, r := newNewsroom(t), rand.New(rand.NewPCG(1, 1))
		var text []string
		for range words {
			text = append(text, fmt.Sprintf("%x", r.Uint32()>>r.IntN(24)))
		}
		size := len(strings.Join(text, " "))
		const edits = 40
		for i := range edits {
			text[r.IntN(words)] = "corrected"
			if err := n.keep(saved(1, i+1, strings.Join(text, " "))); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.number(`SELECT max(length(content)) FROM revisions WHERE base IS NOT NULL`); got > int64(size)/10+300 {
			t.Errorf("the largest delta of a text of %d bytes has %d", size, got)
		}
		if got := n.number(`SELECT count(*) FROM revisions WHERE base IS NULL`); got != 2 {
			t.Errorf("%d snapshots in %d small edits, want 2", got, edits)
		}
	}
}

func TestRevisionsPage(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	by, note := "Ada", "typo"
	for i := range 7 {
		v := saved(1, i+1, fmt.Sprint("text ", i+1))
		if i == 2 {
			v.SavedBy, v.Note = &by, &note
		}
		if err := n.keep(v, saved(2, i+1, "another entry")); err != nil {
			t.Fatal(err)
		}
	}
	page := func(w news.Window) ([]int, *news.RevisionConnection) {
		t.Helper()
		pages, err := n.Revisions(ctx, []news.ID{1, 2, 3}, w)
		if err != nil {
			t.Fatal(err)
		}
		c := pages[1]
		numbers := []int{}
		for _, v := range c.Nodes() {
			numbers = append(numbers, v.Number)
		}
		return numbers, c
	}
	first, c := page(news.Window{Limit: 3})
	equal(t, "the first page", first, []int{7, 6, 5})
	if total, err := c.TotalCount(ctx); err != nil || total != 7 || !c.PageInfo.HasNextPage || c.PageInfo.HasPreviousPage {
		t.Errorf("%d in all %v, %+v", total, err, c.PageInfo)
	}
	next, c := page(news.Window{Limit: 3, Cursor: *c.PageInfo.EndCursor})
	equal(t, "the next page", next, []int{4, 3, 2})
	if v := c.Nodes()[1]; v.SavedBy == nil || *v.SavedBy != by || v.Note == nil || *v.Note != note || c.Nodes()[0].SavedBy != nil {
		t.Errorf("who saved it: %+v", v)
	}
	back, _ := page(news.Window{Limit: 2, Cursor: *c.PageInfo.StartCursor, Backward: true})
	equal(t, "backward", back, []int{6, 5})
	last, _ := page(news.Window{Limit: 2, Backward: true})
	equal(t, "the last ones", last, []int{2, 1})
	pages, err := n.Revisions(ctx, []news.ID{2, 3}, news.Window{Limit: 3})
	if err != nil || len(pages[3].Edges) != 0 || len(pages[2].Edges) != 3 {
		t.Errorf("pages of two entries: %+v %v", pages, err)
	}
	if at := pages[2].Nodes()[0]; at.EntryID != 2 || at.Number != 7 || !at.SavedAt.Equal(noon.Add(7*time.Minute)) {
		t.Errorf("the newest of the other entry is %+v", at)
	}
}

func TestRevisionsErased(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	for i := range 3 {
		if err := n.keep(saved(1, i+1, "text"), saved(2, i+1, "text")); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.commit(ctx, "", noon, nil, []engine.Step{eraseRevisions(1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Revision(ctx, 1, 2); news.KindOf(err) != news.NotFound {
		t.Errorf("an erased revision: %v", err)
	}
	if content, err := n.Revision(ctx, 2, 2); err != nil || string(content) != "text" {
		t.Errorf("another entry's: %q %v", content, err)
	}
	// The next revision of an erased subject stands alone.
	if err := n.keep(saved(1, 4, "text")); err != nil {
		t.Fatal(err)
	}
	if content, err := n.Revision(ctx, 1, 4); err != nil || string(content) != "text" {
		t.Errorf("after erasing: %q %v", content, err)
	}
}

func TestRevisionOnce(t *testing.T) {
	n := newNewsroom(t)
	if err := n.keep(saved(1, 1, "mine")); err != nil {
		t.Fatal(err)
	}
	if err := n.keep(saved(1, 1, "theirs")); err == nil {
		t.Error("the same revision was saved twice")
	}
	if content, err := n.Revision(context.Background(), 1, 1); err != nil || string(content) != "mine" {
		t.Errorf("%q %v", content, err)
	}
}

func TestDamagedRevision(t *testing.T) {
	ctx := context.Background()
	n := newNewsroom(t)
	long := strings.Repeat("It rained on the plain; 12,345 people saw it. ", 60)
	for i := range 3 {
		if err := n.keep(saved(1, i+1, fmt.Sprint(long[:100*i], i, long))); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.commit(ctx, "", noon, nil, []engine.Step{{SQL: `UPDATE revisions SET content = CAST(substr(content, 1, length(content) - 1) || x'00' AS BLOB) WHERE version = 2`}}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Revision(ctx, 1, 2); err == nil || !strings.Contains(err.Error(), "revision 2 of ") || news.KindOf(err) != news.Internal {
		t.Errorf("a damaged revision: %v", err)
	}
	for _, number := range []int{1, 3} {
		if _, err := n.Revision(ctx, 1, number); err != nil {
			t.Errorf("revision %d beside a damaged one: %v", number, err)
		}
	}
}

func FuzzPack(f *testing.F) {
	f.Add([]byte("It rained."), []byte("It rained on the plain."))
	f.Add([]byte{}, []byte{})
	f.Add([]byte("a"), []byte{})
	f.Add(bytes.Repeat([]byte("long "), 900), bytes.Repeat([]byte("longer "), 800))
	f.Fuzz(func(t *testing.T, content, dictionary []byte) {
		for _, d := range [][]byte{nil, dictionary} {
			packed, err := pack(content, d)
			if err != nil {
				t.Fatal(err)
			}
			got, err := unpack(packed, d)
			if err != nil || !bytes.Equal(got, content) {
				t.Fatalf("%q with %q comes back as %q %v", content, d, got, err)
			}
			unpack(content, d)
		}
	})
}

// BenchmarkRevision is the price that revisions add to a save and to reading one, with 5 kB of text.
func BenchmarkRevision(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var text []string
	for range 900 {
		text = append(text, fmt.Sprintf("%x", r.Uint32()>>r.IntN(24)))
	}
	base := []byte(strings.Join(text, " "))
	text[450] = "corrected"
	content := []byte(strings.Join(text, " "))
	packed, err := pack(content, base)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pack(content, base)
		}
	})
	b.Run("write a snapshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pack(content, nil)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			unpack(packed, base)
		}
	})
}
