package graph

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/internal/news"
)

// Limits bound what one request may ask for.
type Limits struct {
	BodyBytes int64 // of a request
	Tokens    int   // of a document
	Depth     int   // of nested fields
	// Cost counts one point for each field and multiplies by the size of lists: first, last or ids where given, else
	// the default page size for connections and listSize for plain lists.
	Cost int
	// Inputs counts the values in arguments and variables: each field of an object and each entry of a list.
	Inputs int
}

// DefaultLimits leave room for every page that a news site is likely to draw.
var DefaultLimits = Limits{BodyBytes: 1 << 20, Tokens: 5000, Depth: 15, Cost: 20_000, Inputs: 1000}

// listSize is the assumed length of a list without paging, such as the categories of an article.
const listSize = 5

// limiter refuses operations that are too deep or too costly, before anything of them runs.
type limiter struct{ Limits }

var _ graphql.OperationContextMutator = limiter{}

func (limiter) ExtensionName() string { return "Limits" }

func (limiter) Validate(graphql.ExecutableSchema) error { return nil }

func (l limiter) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	m := measure{limits: l.Limits, variables: op.Variables}
	for _, v := range op.Variables {
		m.variable(reflect.ValueOf(v), 1)
	}
	m.selections(op.Operation.SelectionSet, 1, 1)
	switch {
	case m.inputs > l.Inputs:
		return limitError("the arguments and variables hold more than %d values; filter by less", l.Inputs)
	case m.inputDepth > l.Depth:
		return limitError("the arguments or variables nest values more than %d deep; nest less", l.Depth)
	case m.depth > l.Depth:
		return limitError("the query nests fields more than %d deep; ask in several requests", l.Depth)
	case m.cost > l.Cost:
		return limitError("the query may return more than %d fields; ask for fewer entries (first, last) or in several requests", l.Cost)
	}
	return nil
}

func limitError(format string, limit int) *gqlerror.Error {
	err := gqlerror.Errorf(format, limit)
	err.Extensions = map[string]any{"code": string(news.Limited)}
	return err
}

// measure walks an operation until it is over a limit. Every step costs at least a point, so the walk is bounded even
// when fragments multiply.
type measure struct {
	limits     Limits
	variables  map[string]any
	cost       int
	depth      int
	inputs     int
	inputDepth int
}

func (m *measure) over() bool {
	return m.cost > m.limits.Cost || m.depth > m.limits.Depth || m.inputs > m.limits.Inputs || m.inputDepth > m.limits.Depth
}

func (m *measure) selections(set ast.SelectionSet, depth, times int) {
	for _, s := range set {
		if m.over() {
			return
		}
		m.cost += times
		switch s := s.(type) {
		case *ast.InlineFragment:
			m.selections(s.SelectionSet, depth, times)
		case *ast.FragmentSpread:
			m.selections(s.Definition.SelectionSet, depth, times)
		case *ast.Field:
			if !isIntrospection(s) { // whose nesting is bounded by validation
				m.depth = max(m.depth, depth)
			}
			for _, argument := range s.Arguments {
				m.literal(argument.Value, 1)
			}
			m.selections(s.SelectionSet, depth+1, m.multiply(times, m.size(s)))
		}
	}
}

func isIntrospection(f *ast.Field) bool {
	return strings.HasPrefix(f.Name, "__") || f.ObjectDefinition != nil && strings.HasPrefix(f.ObjectDefinition.Name, "__")
}

// literal counts a value of the document, without those of its variables.
func (m *measure) literal(v *ast.Value, depth int) {
	m.inputDepth = max(m.inputDepth, depth)
	for _, child := range v.Children {
		if m.inputs++; m.over() {
			return
		}
		m.literal(child.Value, depth+1)
	}
}

// variable counts a value of a variable, which is as JSON has it or a list that validation made of a single value.
func (m *measure) variable(v reflect.Value, depth int) {
	m.inputDepth = max(m.inputDepth, depth)
	switch v.Kind() {
	case reflect.Interface:
		m.variable(v.Elem(), depth)
	case reflect.Slice:
		for i := 0; i < v.Len() && !m.over(); i++ {
			m.inputs++
			m.variable(v.Index(i), depth+1)
		}
	case reflect.Map:
		for fields := v.MapRange(); fields.Next() && !m.over(); {
			m.inputs++
			m.variable(fields.Value(), depth+1)
		}
	}
}

func (m *measure) multiply(times, size int) int { return min(times*max(size, 1), m.limits.Cost+1) }

// size is how many times the selections of a field may run.
func (m *measure) size(f *ast.Field) int {
	if f.Definition == nil {
		return 1
	}
	if f.Definition.Type.Name() == facetType {
		return m.facets(f)
	}
	if f.Definition.Arguments.ForName("first") == nil {
		if ids := f.Arguments.ForName("ids"); ids != nil {
			if list, err := ids.Value.Value(m.variables); err == nil {
				if list, ok := list.([]any); ok {
					return len(list)
				}
			}
			return news.MaxPageSize
		}
		if isConnectionPart(f.ObjectDefinition) || f.Definition.Type.Elem == nil {
			return 1 // the connection has multiplied already
		}
		return listSize
	}
	for _, name := range []string{"first", "last"} {
		if argument := f.Arguments.ForName(name); argument != nil {
			if n, ok := intValue(argument.Value, m.variables); ok {
				return min(n, news.MaxPageSize)
			}
		}
	}
	return defaultPageSize
}

func isConnectionPart(d *ast.Definition) bool {
	return d != nil && (strings.HasSuffix(d.Name, "Connection") || d.Name == facetType)
}

// facetType has lists whose size the field that leads to it says.
const facetType = "SearchFacet"

// facets is the number of values that are counted.
func (m *measure) facets(f *ast.Field) int {
	limit, fields := defaultBuckets, 1
	if argument := f.Arguments.ForName("limit"); argument != nil {
		if n, ok := intValue(argument.Value, m.variables); ok {
			limit = min(max(n, 0), news.MaxPageSize)
		}
	}
	if argument := f.Arguments.ForName("fields"); argument != nil {
		if value, err := argument.Value.Value(m.variables); err == nil {
			if list, ok := value.([]any); ok {
				fields = len(list)
			}
		}
	}
	return limit * fields
}

// defaultBuckets is the default of the limit of facets.
const defaultBuckets = 10

func intValue(v *ast.Value, variables map[string]any) (int, bool) {
	value, err := v.Value(variables)
	if err != nil {
		return 0, false
	}
	switch n := value.(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case float64:
		return int(n), true
	case json.Number:
		i, err := n.Int64()
		return int(i), err == nil
	}
	return 0, false
}
