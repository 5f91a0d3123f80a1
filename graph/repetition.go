package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// repetition refuses documents that validation would take long for: it compares every two fields that stand at the
// same place of the response.
type repetition struct {
	limits Limits
	known  *documents
}

// maxPairs of fields are validated in some ten milliseconds.
const maxPairs = 50_000

var _ graphql.OperationParameterMutator = repetition{}

func (repetition) ExtensionName() string { return "Repetition" }

func (repetition) Validate(graphql.ExecutableSchema) error { return nil }

func (r repetition) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if _, ok := r.known.Get(ctx, params.Query); ok {
		return nil
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, r.limits.Tokens)
	if err != nil {
		return nil // the executor says what is wrong
	}
	c := comparison{fragments: map[string]*ast.FragmentDefinition{}, open: map[string]bool{}}
	for _, f := range document.Fragments {
		c.fragments[f.Name] = f
	}
	for _, operation := range document.Operations {
		c.selections(operation.SelectionSet, &occurrences{}, 0)
	}
	for _, f := range document.Fragments {
		c.selections(f.SelectionSet, &occurrences{}, 0)
	}
	switch {
	case c.pairs > maxPairs:
		return limitError("the document asks for the same fields again and again, more than %d times over; ask for each once", maxPairs)
	case c.over():
		return limitError("the document spreads its fragments more than %d times; ask for each field once", maxSpread)
	}
	return nil
}

// comparison counts what validation will compare. It stops where that is too much.
type comparison struct {
	fragments map[string]*ast.FragmentDefinition
	open      map[string]bool // fragments around the current selection
	pairs     int
	spread    int
}

// maxSpread bounds the selections of a document with its fragments written out.
const maxSpread = 50_000

func (c *comparison) over() bool { return c.pairs > maxPairs || c.spread > maxSpread }

// occurrences are the fields at one place of the response and below.
type occurrences struct {
	number int
	below  map[string]*occurrences
}

func (o *occurrences) at(name string) *occurrences {
	below := o.below[name]
	if below == nil {
		if o.below == nil {
			o.below = map[string]*occurrences{}
		}
		below = &occurrences{}
		o.below[name] = below
	}
	return below
}

// selections counts a set. Validation looks at all that an inline fragment holds once more for each around it.
func (c *comparison) selections(set ast.SelectionSet, at *occurrences, inline int) {
	for _, s := range set {
		if c.spread += inline + 1; c.over() {
			return
		}
		switch s := s.(type) {
		case *ast.InlineFragment:
			c.selections(s.SelectionSet, at, inline+1)
		case *ast.FragmentSpread:
			f := c.fragments[s.Name]
			if f == nil || c.open[s.Name] {
				continue // validation refuses both
			}
			c.open[s.Name] = true
			c.selections(f.SelectionSet, at, inline)
			delete(c.open, s.Name)
		case *ast.Field:
			field := at.at(s.Alias)
			c.pairs += field.number * (inline + 1)
			field.number++
			c.selections(s.SelectionSet, field, 0)
		}
	}
}
