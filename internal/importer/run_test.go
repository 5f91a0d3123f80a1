package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

func topicLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"type":"topic","ref":"ours:topic/%d","name":"Topic %d"}`+"\n", i, i)
	}
	return b.String()
}

func TestBatches(t *testing.T) {
	var sizes []int
	var progress []Progress
	order := 0
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(topicLines(650)), Options{
		Sink: func(ctx context.Context, batch []news.Record) ([]news.Outcome, error) {
			sizes = append(sizes, len(batch))
			for _, r := range batch {
				if want := fmt.Sprintf("ours:topic/%d", order); string(r.Ref) != want {
					t.Errorf("%s came as number %d", r.Ref, order)
				}
				order++
			}
			return discard(ctx, batch)
		},
		Progress: func(p Progress) { progress = append(progress, p) },
	})
	if err != nil || !rep.OK() || rep.Created != 650 {
		t.Fatal(err, rep.Counts)
	}
	if fmt.Sprint(sizes) != "[300 300 50]" {
		t.Errorf("batches of %v", sizes)
	}
	if last := progress[len(progress)-1]; last.Records != 650 || last.Bytes != int64(len(topicLines(650))) {
		t.Errorf("progress ends with %+v", last)
	}
	// Long bodies fill a batch by bytes.
	sizes = nil
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, `{"type":"page","ref":"ours:page/%d","title":"P","body":"%s"}`+"\n", i, strings.Repeat("x", 1<<20))
	}
	rep, err = Run(t.Context(), JSONLines, strings.NewReader(b.String()), Options{Sink: func(ctx context.Context, batch []news.Record) ([]news.Outcome, error) {
		sizes = append(sizes, len(batch))
		return discard(ctx, batch)
	}})
	if err != nil || rep.Created != 10 || fmt.Sprint(sizes) != "[2 2 2 2 2]" {
		t.Errorf("%v %+v, batches of %v", err, rep.Counts, sizes)
	}
}

func TestOutcomes(t *testing.T) {
	results := []news.Outcome{{Result: news.Created}, {Result: news.Updated}, {Result: news.Unchanged}, {Result: news.Failed, Reason: "the path is taken"},
		{Result: news.Created, Reason: "the slug was taken; it is topic-4-2"}}
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(topicLines(5)+"{}\n"), Options{Input: "x.jsonl",
		Sink: func(context.Context, []news.Record) ([]news.Outcome, error) { return results, nil },
		Finish: func(context.Context) ([]news.Unresolved, error) {
			return []news.Unresolved{{From: "a:1", To: "a:2", Relation: "leadImage"}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, rep)
	if rep.Counts != (Counts{Source: 6, Created: 2, Updated: 1, Unchanged: 1, Failed: 2}) || rep.OK() {
		t.Errorf("%+v", rep.Counts)
	}
	raw, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	var form map[string]any
	if err := json.Unmarshal(raw, &form); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"source", "created", "updated", "unchanged", "skipped", "failed", "byType", "records", "unsupported"} {
		if _, ok := form[key]; !ok {
			t.Errorf("the JSON form lacks %q: %s", key, raw)
		}
	}
	records := form["records"].([]any)
	if len(records) != 3 {
		t.Fatalf("records: %s", raw)
	}
	failed := records[1].(map[string]any)
	if failed["ref"] != "ours:topic/3" || failed["outcome"] != "failed" || failed["reason"] != "the path is taken" || failed["line"] != 4.0 {
		t.Errorf("%v", failed)
	}
	var text strings.Builder
	rep.WriteText(&text)
	for _, want := range []string{"jsonl x.jsonl\n", "the path is taken (ours:topic/3 at line 4)", "leadImage of a:1: a:2", "the slug was taken"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

func TestSinkFails(t *testing.T) {
	full := errors.New("the disk is full")
	calls := 0
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(topicLines(900)), Options{
		Sink: func(ctx context.Context, batch []news.Record) ([]news.Outcome, error) {
			if calls++; calls == 2 {
				return nil, full
			}
			return discard(ctx, batch)
		},
		Finish: func(context.Context) ([]news.Unresolved, error) { t.Error("Finish was called"); return nil, nil },
	})
	if !errors.Is(err, full) || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
	checkSums(t, rep)
	if rep.Created != 300 || rep.Failed < 300 || rep.OK() || !strings.Contains(rep.Records[0].Reason, "the disk is full") {
		t.Errorf("%+v", rep.Counts)
	}
	_, err = Run(t.Context(), JSONLines, strings.NewReader(topicLines(1)), Options{
		Sink: func(context.Context, []news.Record) ([]news.Outcome, error) { return nil, nil },
	})
	if err == nil {
		t.Error("a sink without outcomes went through")
	}
}

// TestStage checks that a batch is staged while the one before is written, and written only after it.
func TestStage(t *testing.T) {
	const batches = 4
	staged := make([]chan struct{}, batches)
	for i := range staged {
		staged[i] = make(chan struct{})
	}
	next := -1 // the number of the next batch is that of its first record over batchRecords
	stage := func(batch []news.Record) func(context.Context) ([]news.Outcome, error) {
		var first int
		fmt.Sscanf(string(batch[0].Ref), "ours:topic/%d", &first)
		number := first / batchRecords
		close(staged[number])
		return func(ctx context.Context) ([]news.Outcome, error) {
			if next++; number != next {
				t.Errorf("batch %d is written as number %d", number, next)
			}
			if number+1 < batches {
				<-staged[number+1] // blocks for ever when nothing is staged meanwhile
			}
			return discard(ctx, batch)
		}
	}
	finished := 0
	finish := func(context.Context) ([]news.Unresolved, error) { finished++; return nil, nil }
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(topicLines(batches*batchRecords)), Options{Stage: stage, Finish: finish})
	if err != nil || rep.Created != batches*batchRecords || finished != 1 {
		t.Fatal(err, rep.Counts, finished)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rep, err := Run(ctx, WXR, newEndless(8<<20, 1), Options{Sink: func(c context.Context, batch []news.Record) ([]news.Outcome, error) {
		cancel()
		return discard(c, batch)
	}})
	if !errors.Is(err, context.Canceled) || rep.ByType["post"].Created == 0 || rep.OK() {
		t.Errorf("%v %+v", err, rep.Counts)
	}
	checkSums(t, rep)
}

func TestDryRun(t *testing.T) {
	text := topicLines(3) + `{"type":"event","ref":"ours:event/1","title":"E","date":"1998-13-45"}` + "\n"
	rep, err := Run(t.Context(), JSONLines, strings.NewReader(text), Options{DryRun: true})
	if err != nil || rep.Created != 3 || rep.Failed != 1 || !rep.DryRun {
		t.Errorf("%v %+v", err, rep.Counts)
	}
	if _, err := Run(t.Context(), JSONLines, strings.NewReader(text), Options{}); err == nil {
		t.Error("a run without sink went through")
	}
	if _, err := Run(t.Context(), "csv", strings.NewReader(text), Options{DryRun: true}); news.KindOf(err) != news.Invalid {
		t.Errorf("an unknown format: %v", err)
	}
}

// TestReportIsBounded lets every record fail for a reason of its own.
func TestReportIsBounded(t *testing.T) {
	rep := newReport("", JSONLines, false)
	for i := range maxListed + 5 {
		rep.count(origin{kind: "line"}, news.Failed, fmt.Sprint("reason ", i))
		rep.lose("block", fmt.Sprint("name ", i), "a:b")
	}
	rep.finish()
	if len(rep.Records) != maxListed || rep.RecordsLeftOut != 5 || rep.Failed != maxListed+5 || len(rep.groups) > 10_001 || len(rep.Unsupported) != 10_001 {
		t.Errorf("%d listed, %d left out, %d groups, %d unsupported", len(rep.Records), rep.RecordsLeftOut, len(rep.groups), len(rep.Unsupported))
	}
	var text strings.Builder
	rep.WriteText(&text)
	if strings.Count(text.String(), "\n") > 100 || !strings.Contains(text.String(), "more; --report lists them") {
		t.Errorf("the text has %d lines", strings.Count(text.String(), "\n"))
	}
}
