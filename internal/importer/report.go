package importer

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dateline-cms/dateline/internal/news"
)

// Skipped is the outcome of a record of the source that an importer did not turn into a news record.
const Skipped news.ImportResult = "skipped"

// maxListed bounds Report.Records, so that a file with millions of comments does not fill the memory.
const maxListed = 200_000

// Report is the loss report of a run: what became of every record of the source. Source is always the sum of the five
// outcomes, for the whole run and for each type.
type Report struct {
	Input  string `json:"input,omitempty"`
	Format Format `json:"format"`
	DryRun bool   `json:"dryRun,omitempty"`
	Counts
	ByType map[string]*Counts `json:"byType"`

	// Records lists every skipped and failed record, and the others there is something to say about. It ends after
	// 200,000 entries; RecordsLeftOut counts the rest, which the numbers above include.
	Records        []Entry `json:"records"`
	RecordsLeftOut int     `json:"recordsLeftOut,omitempty"`

	Unsupported []Unsupported     `json:"unsupported"`
	Unresolved  []news.Unresolved `json:"unresolved,omitempty"`

	// Incomplete says why the source could not be read to its end; empty when it was.
	Incomplete string `json:"incomplete,omitempty"`

	groups map[groupKey]*group
	losses map[lossKey]*Unsupported
}

// Counts is the number of records by outcome.
type Counts struct {
	Source    int `json:"source"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`
}

// Entry is what became of one record. Line and Byte say where it begins in the decompressed source, from 1 and 0; Line is
// 0 where a format has no lines.
type Entry struct {
	Ref     news.Ref          `json:"ref"`
	Type    string            `json:"type"`
	Outcome news.ImportResult `json:"outcome"`
	Reason  string            `json:"reason,omitempty"`
	Line    int               `json:"line,omitempty"`
	Byte    int64             `json:"byte,omitempty"`
}

// Unsupported counts something inside records that Dateline cannot show, such as a block, a shortcode or an element.
type Unsupported struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Count   int      `json:"count"`
	Example news.Ref `json:"example"`
}

type (
	groupKey struct{ section, kind, reason string }
	lossKey  struct{ kind, name string }
	group    struct {
		count    int
		examples []string
	}
)

func newReport(input string, format Format, dryRun bool) *Report {
	return &Report{
		Input: input, Format: format, DryRun: dryRun, ByType: map[string]*Counts{}, Records: []Entry{},
		Unsupported: []Unsupported{}, groups: map[groupKey]*group{}, losses: map[lossKey]*Unsupported{},
	}
}

// OK says that nothing failed and the source was read to its end. Skipped records, unsupported parts and unresolved
// references do not count as failures.
func (r *Report) OK() bool { return r.Failed == 0 && r.Incomplete == "" }

// BroughtEvents says whether the run created or updated historical events.
func (r *Report) BroughtEvents() bool {
	for kind, c := range r.ByType {
		if c.Created+c.Updated > 0 && r.Format != WXR && (r.Format != JSONLines || kind == "event") {
			return true
		}
	}
	return false
}

func (r *Report) count(o origin, outcome news.ImportResult, reason string) {
	byType := r.ByType[o.kind]
	if byType == nil {
		byType = &Counts{}
		r.ByType[o.kind] = byType
	}
	r.add(outcome)
	byType.add(outcome)
	if reason == "" && outcome != Skipped && outcome != news.Failed {
		return
	}
	r.group(o, outcome, reason)
	if len(r.Records) >= maxListed {
		r.RecordsLeftOut++
		return
	}
	r.Records = append(r.Records, Entry{o.ref, o.kind, outcome, reason, o.line, o.offset})
}

func (c *Counts) add(outcome news.ImportResult) {
	c.Source++
	switch outcome {
	case news.Created:
		c.Created++
	case news.Updated:
		c.Updated++
	case news.Unchanged:
		c.Unchanged++
	case Skipped:
		c.Skipped++
	default:
		c.Failed++
	}
}

// The sections of the text form.
const (
	sectionSkipped = "Skipped"
	sectionFailed  = "Failed"
	sectionNotes   = "To note"
)

func (r *Report) group(o origin, outcome news.ImportResult, reason string) {
	section := sectionNotes
	switch outcome {
	case Skipped:
		section = sectionSkipped
	case news.Failed:
		section = sectionFailed
	}
	key := groupKey{section, o.kind, reason}
	g := r.groups[key]
	if g == nil && len(r.groups) >= 10_000 { // reasons that name what they found may all differ
		key.reason = "(other reasons)"
		g = r.groups[key]
	}
	if g == nil {
		g = &group{}
		r.groups[key] = g
	}
	g.count++
	if len(g.examples) >= 3 {
		return
	}
	example := string(o.ref)
	if o.line > 0 {
		example += fmt.Sprintf(" at line %d", o.line)
	}
	g.examples = append(g.examples, example)
}

func (r *Report) lose(kind, name string, example news.Ref) {
	key := lossKey{kind, clip(name, 80)}
	if u := r.losses[key]; u != nil {
		u.Count++
		return
	}
	if len(r.losses) >= 10_000 { // hostile input could invent a new name each time
		key = lossKey{kind, "(others)"}
	}
	if u := r.losses[key]; u != nil {
		u.Count++
		return
	}
	r.losses[key] = &Unsupported{key.kind, key.name, 1, example}
}

func (r *Report) finish() {
	for _, u := range r.losses {
		r.Unsupported = append(r.Unsupported, *u)
	}
	slices.SortFunc(r.Unsupported, func(a, b Unsupported) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
}

// WriteText writes the report for a person. Equal reasons are shown once, with their number and the first references;
// long lists are cut, with the number left out.
func (r *Report) WriteText(w io.Writer) error {
	p := &printer{w: w}
	mode := ""
	if r.DryRun {
		mode = " (dry run: nothing was written)"
	}
	p.printf("%s %s%s\n", r.Format, cmp.Or(r.Input, "-"), mode)
	r.writeTable(p)
	for _, section := range []string{sectionSkipped, sectionFailed, sectionNotes} {
		r.writeSection(p, section)
	}
	if len(r.Unsupported) > 0 {
		p.printf("\nUnsupported, left out of the text:\n")
		cut(p, r.Unsupported, func(u Unsupported) {
			p.printf("  %7d × %s %s, for example in %s\n", u.Count, u.Kind, u.Name, u.Example)
		})
	}
	if len(r.Unresolved) > 0 {
		p.printf("\nReferences to records that are not there:\n")
		cut(p, r.Unresolved, func(u news.Unresolved) { p.printf("  %s of %s: %s\n", u.Relation, u.From, u.To) })
	}
	if r.Incomplete != "" {
		p.printf("\nThe source was not read to its end: %s\n", r.Incomplete)
	}
	return p.err
}

func (r *Report) writeTable(p *printer) {
	const row = "  %-24s %9v %9v %9v %9v %9v %9v\n"
	p.printf(row, "", "source", "created", "updated", "unchanged", "skipped", "failed")
	line := func(name string, c Counts) {
		p.printf(row, name, c.Source, c.Created, c.Updated, c.Unchanged, c.Skipped, c.Failed)
	}
	for _, name := range slices.Sorted(maps.Keys(r.ByType)) {
		line(name, *r.ByType[name])
	}
	line("total", r.Counts)
}

func (r *Report) writeSection(p *printer, section string) {
	var keys []groupKey
	for k := range r.groups {
		if k.section == section {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return
	}
	slices.SortFunc(keys, func(a, b groupKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(r.groups[b].count, r.groups[a].count), cmp.Compare(a.reason, b.reason))
	})
	p.printf("\n%s:\n", section)
	cut(p, keys, func(k groupKey) {
		g := r.groups[k]
		more := ""
		if g.count > len(g.examples) {
			more = ", …"
		}
		p.printf("  %7d × %s: %s (%s%s)\n", g.count, k.kind, k.reason, strings.Join(g.examples, ", "), more)
	})
}

func cut[T any](p *printer, list []T, show func(T)) {
	const most = 20
	for _, v := range list[:min(most, len(list))] {
		show(v)
	}
	if len(list) > most {
		p.printf("  … and %d more; --report lists them\n", len(list)-most)
	}
}

// printer writes until the first error and keeps it.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// clip shortens s to at most max bytes, between characters.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}
