package curator

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/dateline-cms/dateline/internal/engine/sqlite"
	"github.com/dateline-cms/dateline/internal/journal"
	"github.com/dateline-cms/dateline/internal/store"
)

// The test starts itself again as the programs that it kills.
const childOf = "DATELINE_CURATOR_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(childOf); file != "" {
		if err := keepLists(context.Background(), file, os.Getenv("DATELINE_CURATOR_DO")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// keepLists is what a server or dateline relate rebuild does, over and over.
func keepLists(ctx context.Context, file, do string) error {
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, db, clock)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	fmt.Println("begun")
	if do == "serve" {
		j := journal.New(s, log)
		go j.Run(ctx)
		New(s, log, clock).Run(ctx, j)
		return nil
	}
	for {
		if err := Rebuild(ctx, s, log, clock, nil); err != nil {
			return err
		}
	}
}

// TestCrash kills servers and rebuilds while editors write, and compares what the next server makes of it with what all content
// at once gives.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a program again and again")
	}
	w := &writer{newsroom: newNewsroom(t), Rand: rand.New(rand.NewPCG(rand.Uint64(), 1))}
	w.found()
	for range 250 {
		w.change()
	}
	const rounds = 12
	for round := range rounds {
		do := "serve"
		if round%3 == 2 {
			do = "rebuild"
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childOf+"="+w.file, "DATELINE_CURATOR_DO="+do)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		w.must(err)
		w.must(child.Start())
		_, err = fmt.Fscanln(out, new(string))
		w.must(err)
		for end := time.Now().Add(time.Duration(50+w.IntN(900)) * time.Millisecond); time.Now().Before(end); {
			w.change()
			time.Sleep(time.Duration(w.IntN(20)) * time.Millisecond)
		}
		w.must(child.Process.Kill())
		_ = child.Wait() // it was killed
		if st, err := w.RelatedState(t.Context()); err != nil || st.Number == 0 && round > 3 {
			t.Fatalf("after %d rounds no list was made: %+v, %v", round+1, st, err)
		}
	}
	w.begin()
	w.settled()
	w.same()
	faults, err := w.Check(t.Context())
	w.must(err)
	for _, f := range faults {
		t.Error(f)
	}
	st, err := w.RelatedState(t.Context())
	w.must(err)
	t.Logf("%d articles, ranking %d.%d", len(w.articles), st.Algorithm, st.Number)
}
