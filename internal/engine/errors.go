package engine

import (
	"errors"
	"fmt"
	"strings"
)

// What an engine can say about a failure beyond its text. Engines wrap these
// into messages that name the database.
var (
	// ErrApplied is returned by Write for an opID that was applied before. The
	// earlier batch is in place: a caller that retries may go on.
	ErrApplied = errors.New("this batch was applied before")

	ErrClosed      = errors.New("the database is closed: open it again")
	ErrReadOnly    = errors.New("the database is read-only: open it for writing and check the permissions of the file and its folder")
	ErrBusy        = errors.New("another program is writing to the database: wait for it to finish or stop it, then try again")
	ErrNotDatabase = errors.New("the file is not an SQLite database: check the file name")
	ErrFull        = errors.New("the disk is full: make room, then try again")
	ErrCorrupt     = errors.New("the database file is damaged: stop writing to it and restore a backup")
)

// A GuardError says that a guarded step did not change exactly one row. Nothing
// of its batch was kept.
type GuardError struct {
	Reason string // the step's Guard
	Step   int    // the step's index in the batch
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("guard %q failed: step %d did not change exactly one row, so nothing of the batch was kept; read again and retry", e.Reason, e.Step)
}

// A ConstraintKind says which rule of the schema was broken.
type ConstraintKind string

// The kinds of constraint.
const (
	Unique     ConstraintKind = "UNIQUE"
	PrimaryKey ConstraintKind = "PRIMARY KEY"
	ForeignKey ConstraintKind = "FOREIGN KEY"
	Check      ConstraintKind = "CHECK"
	NotNull    ConstraintKind = "NOT NULL"
	DataType   ConstraintKind = "DATA TYPE" // a value of another type than its column in a STRICT table
)

// A ConstraintError says that a step broke a rule of the schema. Nothing of its
// batch was kept.
type ConstraintError struct {
	Kind    ConstraintKind
	Table   string   // "" when SQLite does not say: ForeignKey, Check, an index over an expression
	Columns []string // without the table's name; nil when SQLite does not say
	Name    string   // of a Check: its name, or its expression when it has none; of a Unique index over an expression: the index's name
	Step    int      // the step's index in the batch; -1 for a deferred foreign key, found at commit
}

func (e *ConstraintError) Error() string {
	where := e.Name
	if e.Table != "" {
		where = e.Table + "(" + strings.Join(e.Columns, ", ") + ")"
	}
	switch e.Kind {
	case Unique, PrimaryKey:
		return fmt.Sprintf("it breaks %s on %s: another row has this value already; choose another", e.Kind, where)
	case ForeignKey:
		return "it breaks a FOREIGN KEY: it refers to a row that is not there, or removes one that others refer to"
	case NotNull:
		return fmt.Sprintf("it breaks NOT NULL on %s: give a value", where)
	case DataType:
		return fmt.Sprintf("it gives %s a value of another type: give it in the column's type", where)
	}
	return fmt.Sprintf("it breaks %s %s: give a value that fulfils it", e.Kind, where)
}

// ParseConstraint reads the text with which SQLite reports a broken constraint,
// as every engine passes it on. It returns nil for any other text. SQLite words
// a broken primary key as UNIQUE; an engine that knows better sets the kind.
func ParseConstraint(message string) *ConstraintError {
	kind, rest, found := strings.Cut(message, " constraint failed")
	rest = strings.TrimPrefix(rest, ": ")
	switch {
	case found && ConstraintKind(kind) == ForeignKey:
		return &ConstraintError{Kind: ForeignKey}
	case found && ConstraintKind(kind) == Check:
		return &ConstraintError{Kind: Check, Name: rest}
	case found && (ConstraintKind(kind) == Unique || ConstraintKind(kind) == NotNull):
		if name, ok := strings.CutPrefix(rest, "index '"); ok {
			return &ConstraintError{Kind: Unique, Name: strings.TrimSuffix(name, "'")}
		}
		table, columns := splitColumns(rest)
		return &ConstraintError{Kind: ConstraintKind(kind), Table: table, Columns: columns}
	case message == "datatype mismatch":
		return &ConstraintError{Kind: DataType, Name: "an INTEGER PRIMARY KEY"}
	case strings.HasPrefix(message, "cannot store "):
		return parseDataType(message)
	}
	return nil
}

// parseDataType reads "cannot store TEXT value in INTEGER column article.id".
func parseDataType(message string) *ConstraintError {
	_, column, found := strings.Cut(message, " column ")
	if !found {
		return nil
	}
	table, columns := splitColumns(column)
	return &ConstraintError{Kind: DataType, Table: table, Columns: columns}
}

// splitColumns reads "article.slug, article.locale".
func splitColumns(s string) (table string, columns []string) {
	for part := range strings.SplitSeq(s, ", ") {
		t, c, _ := strings.Cut(part, ".")
		table = t
		columns = append(columns, c)
	}
	return table, columns
}

// Short returns the start of a statement on one line, for messages.
func Short(sql string) string {
	s := strings.Join(strings.Fields(sql), " ")
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}
