package engine

import (
	"errors"
	"fmt"
	"strings"
)

// CheckStatement returns an error unless sql is exactly one statement that an
// Engine may run: SQLite would run the first of several and say nothing about
// the rest, and a statement about transactions, files or the connection would
// break what Query and Write promise.
func CheckStatement(sql string) error {
	stmts, err := split(sql)
	if err != nil {
		return err
	}
	if len(stmts) != 1 {
		return fmt.Errorf("the text holds %d statements: give one statement at a time", len(stmts))
	}
	switch word := strings.ToUpper(firstWord(stmts[0])); word {
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE":
		return fmt.Errorf("%s is not for a statement: the engine makes the transaction", word)
	case "ATTACH", "DETACH", "VACUUM":
		return fmt.Errorf("%s is not for a statement: the engine looks after the file", word)
	case "PRAGMA":
		return errors.New("PRAGMA is not for a statement: it would hold for one connection only; read with the pragma_ functions")
	}
	return nil
}

// split cuts SQL text into statements, without the semicolons between them and
// without the comments that stand outside them. It knows what may hide a
// semicolon: strings, quoted names, comments and the body of a trigger. What
// does not end is an error.
func split(sql string) ([]string, error) {
	var stmts []string
	s := scanner{sql: sql}
	start, end := -1, 0   // of the statement at hand; start < 0 between statements
	var words []string    // its first words, as long as they can make it a trigger
	var last, before kind // the two tokens before the one at hand
	for {
		from := s.at
		kind, err := s.next()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", 1+strings.Count(sql[:from], "\n"), err)
		}
		if kind == nothing {
			if start >= 0 && isTrigger(words) && (last != endWord || before != semicolon) {
				return nil, fmt.Errorf("line %d: the trigger does not end: close it with END", 1+strings.Count(sql[:start], "\n"))
			}
			break
		}
		if kind == blank {
			continue
		}
		if kind == semicolon && start >= 0 && (!isTrigger(words) || last == endWord && before == semicolon) {
			stmts = append(stmts, sql[start:end])
			start, words, last, before = -1, nil, nothing, nothing
			continue
		}
		if kind == semicolon && start < 0 {
			continue // an empty statement
		}
		if start < 0 {
			start = from
		}
		if len(words) < 3 {
			words = append(words, strings.ToUpper(sql[from:s.at]))
		}
		end, before, last = s.at, last, kind
	}
	if start >= 0 {
		stmts = append(stmts, sql[start:end])
	}
	return stmts, nil
}

func isTrigger(words []string) bool {
	if len(words) < 2 || words[0] != "CREATE" {
		return false
	}
	if words[1] == "TEMP" || words[1] == "TEMPORARY" {
		return len(words) > 2 && words[2] == "TRIGGER"
	}
	return words[1] == "TRIGGER"
}

func firstWord(stmt string) string {
	s := scanner{sql: stmt}
	_, _ = s.next() // split has read it without an error
	return stmt[:s.at]
}

// A kind of token, as far as finding the end of a statement needs it.
type kind int

const (
	nothing kind = iota
	blank        // white space or a comment
	semicolon
	endWord // END
	other
)

// byteOrderMark is white space to SQLite, wherever it stands between tokens.
const byteOrderMark = "\ufeff"

type scanner struct {
	sql string
	at  int
}

func (s *scanner) next() (kind, error) {
	if s.at == len(s.sql) {
		return nothing, nil
	}
	rest := s.sql[s.at:]
	switch c := rest[0]; {
	case c == ';':
		s.at++
		return semicolon, nil
	case strings.IndexByte(" \t\r\n\f", c) >= 0:
		s.at++
		return blank, nil
	case strings.HasPrefix(rest, byteOrderMark):
		s.at += len(byteOrderMark)
		return blank, nil
	case c == 0:
		return nothing, errors.New("a NUL character: SQLite would stop reading here")
	case strings.HasPrefix(rest, "--"):
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			s.at += i + 1
		} else {
			s.at = len(s.sql)
		}
		return blank, nil
	case strings.HasPrefix(rest, "/*"):
		return blank, s.skipTo(rest[2:], 2, "*/", "comment")
	case c == '[':
		return other, s.skipTo(rest[1:], 1, "]", "quoted name")
	case c == '\'':
		// A doubled quote inside reads as two strings side by side: the same
		// end for both, which is all that is asked here.
		return other, s.skipTo(rest[1:], 1, "'", "string")
	case c == '"' || c == '`':
		return other, s.skipTo(rest[1:], 1, string(c), "quoted name")
	case isWord(c):
		n := 1
		for n < len(rest) && isWord(rest[n]) {
			n++
		}
		s.at += n
		if strings.EqualFold(rest[:n], "END") {
			return endWord, nil
		}
		return other, nil
	}
	s.at++
	return other, nil
}

// skipTo moves behind the closing mark; rest begins n bytes after s.at.
func (s *scanner) skipTo(rest string, n int, mark, what string) error {
	i := strings.Index(rest, mark)
	if i < 0 {
		return fmt.Errorf("a %s does not end: close it with %s", what, mark)
	}
	s.at += n + i + len(mark)
	return nil
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
