package engine

import (
	"fmt"
	"math"
)

// A Row gives the columns of one result row from left to right: each call of
// an accessor reads the next column. An accessor that finds another type, or no
// column, returns a zero value, and Query then fails with an error that names
// the column; so Scan need not check anything.
type Row struct {
	columns []string
	values  []any
	at      int // the next column
	err     error
}

// Reset makes r stand before the first column of a new row. It is for engines:
// values must be int64, float64, string, []byte or nil.
func (r *Row) Reset(columns []string, values []any) {
	r.columns, r.values, r.at, r.err = columns, values, 0, nil
}

// Err returns what the accessors have found wrong in this row so far. Query
// looks at it after each Scan.
func (r *Row) Err() error { return r.err }

// Int64 reads an integer.
func (r *Row) Int64() int64 {
	v, ok := r.next().(int64)
	if !ok {
		r.wrong("an integer")
	}
	return v
}

// Int reads an integer that fits an int.
func (r *Row) Int() int {
	v, ok := r.next().(int64)
	if !ok || v < math.MinInt || v > math.MaxInt {
		r.wrong("an integer of this machine's size")
		return 0
	}
	return int(v)
}

// Float reads a number. An integer is a number too.
func (r *Row) Float() float64 {
	switch v := r.next().(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	r.wrong("a number")
	return 0
}

// Text reads a text.
func (r *Row) Text() string {
	v, ok := r.next().(string)
	if !ok {
		r.wrong("text")
	}
	return v
}

// Bytes reads a BLOB. The caller may keep the bytes.
func (r *Row) Bytes() []byte {
	v, ok := r.next().([]byte)
	if !ok {
		r.wrong("a BLOB")
	}
	return v
}

// Bool reads an integer that is 0 or 1.
func (r *Row) Bool() bool {
	v, ok := r.next().(int64)
	if !ok || v < 0 || v > 1 {
		r.wrong("0 or 1")
		return false
	}
	return v == 1
}

// NullInt64 reads an integer or NULL; false means NULL.
func (r *Row) NullInt64() (int64, bool) {
	if r.null() {
		return 0, false
	}
	v := r.Int64()
	return v, r.err == nil
}

// NullInt reads an integer that fits an int, or NULL; false means NULL.
func (r *Row) NullInt() (int, bool) {
	if r.null() {
		return 0, false
	}
	v := r.Int()
	return v, r.err == nil
}

// NullFloat reads a number or NULL; false means NULL.
func (r *Row) NullFloat() (float64, bool) {
	if r.null() {
		return 0, false
	}
	v := r.Float()
	return v, r.err == nil
}

// NullBool reads 0, 1 or NULL; a second value of false means NULL.
func (r *Row) NullBool() (value, ok bool) {
	if r.null() {
		return false, false
	}
	v := r.Bool()
	return v, r.err == nil
}

// NullText reads a text or NULL; nil means NULL.
func (r *Row) NullText() *string {
	if r.null() {
		return nil
	}
	v := r.Text()
	return &v
}

// NullBytes reads a BLOB or NULL; nil means NULL, and an empty BLOB is not nil.
func (r *Row) NullBytes() []byte {
	if r.null() {
		return nil
	}
	return r.Bytes()
}

// Skip passes over a column of any type.
func (r *Row) Skip() { r.next() }

func (r *Row) next() any {
	if r.at >= len(r.values) {
		if r.err == nil {
			r.err = fmt.Errorf("the row has %d columns and column %d was read: select it or do not read it", len(r.values), r.at+1)
		}
		return nil
	}
	v := r.values[r.at]
	r.at++
	return v
}

// null passes over the next column when it is NULL.
func (r *Row) null() bool {
	if r.at < len(r.values) && r.values[r.at] == nil {
		r.at++
		return true
	}
	return false
}

func (r *Row) wrong(want string) {
	if r.err != nil {
		return
	}
	i := r.at - 1
	r.err = fmt.Errorf("column %d (%s) is %s where %s was read: read it as it is stored", i+1, r.columns[i], kindOf(r.values[i]), want)
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case int64:
		return fmt.Sprintf("the integer %d", v)
	case float64:
		return fmt.Sprintf("the number %g", v)
	case string:
		return "text"
	case []byte:
		return "a BLOB"
	}
	return fmt.Sprintf("a %T", v)
}
