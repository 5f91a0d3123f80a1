package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/dateline-cms/dateline/internal/engine"
	"github.com/dateline-cms/dateline/internal/news"
)

// A revision's content is kept as a zstd frame: a snapshot stands alone, a delta has the content of the subject's last snapshot
// as its dictionary. Reading any revision takes two rows at most, and damage to one row never reaches beyond the next snapshot.
// Measured with 100 real articles of 7 kB and ten small edits of each, bytes a revision: plain 7,437; zstd alone 3,347; this
// 571 (66 µs to write, 30 µs to read); zstd against the revision before 353, but a chain of rows to read (80 µs, 1.6 ms at
// worst); deflate with a dictionary 1,121 (470 and 117 µs), which sees only 32 kB and so saves nothing in a long article.

// revisionsPerSnapshot bounds how many revisions hang on one row.
const revisionsPerSnapshot = 32

// A save is a state to be kept as a revision. Content is given back byte for byte; what it holds is the caller's business.
type save struct {
	news.Revision
	content []byte
}

// snapshot is what deltas of a subject are packed against.
type snapshot struct {
	version int
	packed  int // bytes in the row
	content []byte
}

// revisionSteps are the steps that keep saves, for the batch that makes them. Who saves a version that is there already fails
// with a constraint error, and so does the whole batch.
func (s *Store) revisionSteps(ctx context.Context, saves []save) ([]engine.Step, error) {
	subjects := make([]news.ID, len(saves))
	for i := range saves {
		subjects[i] = saves[i].EntryID
	}
	bases, err := s.snapshots(ctx, subjects)
	if err != nil {
		return nil, err
	}
	steps := make([]engine.Step, len(saves))
	for i, v := range saves {
		base, content, err := packAgainst(bases[v.EntryID], v)
		if err != nil {
			return nil, fmt.Errorf("revision %d of %s: %w", v.Number, v.EntryID, err)
		}
		steps[i] = engine.Step{
			SQL:  `INSERT INTO revisions (subject, version, base, saved_at, saved_by, note, content) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			Args: []any{int64(v.EntryID), v.Number, base, millis(v.SavedAt), v.SavedBy, v.Note, content},
		}
	}
	return steps, nil
}

// eraseRevisions is the step that deletes all revisions of a subject.
func eraseRevisions(subject news.ID) engine.Step {
	return engine.Step{SQL: `DELETE FROM revisions WHERE subject = ?`, Args: []any{int64(subject)}}
}

// snapshots are the last ones of subjects.
func (s *Store) snapshots(ctx context.Context, subjects []news.ID) (map[news.ID]snapshot, error) {
	found := make(map[news.ID]snapshot, len(subjects))
	return found, s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT e.subject, e.version, e.content FROM json_each(?) j CROSS JOIN revisions e ON e.subject = j.value
			AND e.version = (SELECT coalesce(n.base, n.version) FROM revisions n WHERE n.subject = j.value ORDER BY n.version DESC LIMIT 1)`,
		Args: []any{idList(subjects)},
		Scan: func(r *engine.Row) error {
			subject, version, packed := id(r), r.Int(), r.Bytes()
			content, err := unpack(packed, nil)
			if err != nil {
				return damaged(subject, version, err)
			}
			found[subject] = snapshot{version, len(packed), content}
			return nil
		},
	})
}

// packAgainst makes a delta, or a new snapshot when the delta has become large or the last snapshot old.
func packAgainst(s snapshot, v save) (base any, packed []byte, err error) {
	if s.content != nil && v.Number > s.version && v.Number < s.version+revisionsPerSnapshot {
		packed, err = pack(v.content, s.content)
		if err != nil || len(packed) <= s.packed/3 {
			return s.version, packed, err
		}
	}
	packed, err = pack(v.content, nil)
	return nil, packed, err
}

// dictionaryID marks frames that need a dictionary, so that they are not read without.
const dictionaryID = 1

// window is how far back in the dictionary and the content repetitions are found, in bytes: longer than articles are.
const window = 1 << 20

// Encoders are kept, because making one takes longer than a delta.
var snapshotEncoders, deltaEncoders sync.Pool // of *zstd.Encoder

func pack(content, dictionary []byte) ([]byte, error) {
	pool, options := &snapshotEncoders, []zstd.EOption(nil)
	if dictionary != nil {
		pool, options = &deltaEncoders, []zstd.EOption{zstd.WithEncoderDictRaw(dictionaryID, dictionary)}
	}
	w, kept := pool.Get().(*zstd.Encoder)
	var err error
	if kept {
		err = w.ResetWithOptions(nil, options...)
	} else {
		w, err = zstd.NewWriter(nil, append(options, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(window))...)
	}
	if err != nil {
		return nil, err
	}
	defer pool.Put(w)
	return w.EncodeAll(content, make([]byte, 0, 512)), nil
}

func unpack(packed, dictionary []byte) ([]byte, error) {
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)}
	if dictionary != nil {
		options = append(options, zstd.WithDecoderDictRaw(dictionaryID, dictionary))
	}
	r, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.DecodeAll(packed, []byte{})
}

func damaged(subject news.ID, version int, err error) error {
	return fmt.Errorf("revision %d of %s is damaged (%w): run dateline check, and restore the database from a backup", version, subject, err)
}

// Revisions is a page of a subject's revisions, the newest first. A subject without revisions has an empty page.
func (s *Store) Revisions(ctx context.Context, subject news.ID, w news.Window) (*news.RevisionConnection, error) {
	at, err := sorting{name: "REVISION", column: "version", id: "subject", desc: true}.seek(w, subject)
	if err != nil {
		return nil, err
	}
	var keys []sortKey
	var nodes []*news.Revision
	tail, args := at.sql("e", condition{sql: "e.subject = +?", args: []any{int64(subject)}})
	err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT ` + revisionColumns + ` FROM revisions e` + tail, Args: args, Scan: func(r *engine.Row) error {
		v := scanRevision(r)
		keys, nodes = append(keys, sortKey{value: int64(v.Number), id: subject}), append(nodes, v)
		return nil
	}})
	if err != nil {
		return nil, err
	}
	c := connect(at, keys, nodes, plainEdge)
	c.Count = func(ctx context.Context) (n int, err error) {
		err = s.db.Query(ctx, engine.Stmt{SQL: `SELECT count(*) FROM revisions WHERE subject = +?`, Args: []any{int64(subject)}, Long: true,
			Scan: func(r *engine.Row) error { n = r.Int(); return nil }})
		return n, err
	}
	return c, nil
}

const revisionColumns = `e.subject, e.version, e.saved_at, e.saved_by, e.note`

func scanRevision(r *engine.Row) *news.Revision {
	return &news.Revision{EntryID: id(r), Number: r.Int(), SavedAt: instant(r), SavedBy: r.NullText(), Note: r.NullText()}
}

// Revision is one revision of a subject with the content that was saved, or a NotFound error.
func (s *Store) Revision(ctx context.Context, subject news.ID, number int) (found *news.Revision, content []byte, err error) {
	err = s.db.Query(ctx, engine.Stmt{
		SQL: `SELECT ` + revisionColumns + `, e.content, b.content FROM revisions e
			LEFT JOIN revisions b ON b.subject = e.subject AND b.version = e.base WHERE e.subject = +? AND e.version = +?`,
		Args: []any{int64(subject), number},
		Scan: func(r *engine.Row) (err error) {
			found = scanRevision(r)
			packed, base := r.Bytes(), r.NullBytes()
			if base != nil {
				if base, err = unpack(base, nil); err != nil {
					return damaged(subject, number, err)
				}
			}
			if content, err = unpack(packed, base); err != nil {
				return damaged(subject, number, err)
			}
			return nil
		},
	})
	if err == nil && found == nil {
		err = news.NotFoundf("%s has no revision %d; its revisions are those that its list of revisions shows", subject, number)
	}
	return found, content, err
}
