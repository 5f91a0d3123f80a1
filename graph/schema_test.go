package graph_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/dateline-cms/dateline/graph"
	"github.com/dateline-cms/dateline/internal/news"
)

// ownTypes are the types that schema.graphqls defines.
func ownTypes() []*ast.Definition {
	var list []*ast.Definition
	for _, def := range schema().Types {
		if !def.BuiltIn && !strings.HasPrefix(def.Name, "__") {
			list = append(list, def)
		}
	}
	return list
}

func ownFields(def *ast.Definition) ast.FieldList {
	return slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
}

func TestEverythingIsDescribed(t *testing.T) {
	check := func(description string, name ...string) {
		t.Helper()
		if description = strings.TrimSpace(description); description == "" {
			t.Errorf("%s has no description", strings.Join(name, "."))
		} else if !regexp.MustCompile("[.:`]$").MatchString(description) {
			t.Errorf("the description of %s is no sentence: %q", strings.Join(name, "."), description)
		}
	}
	for _, def := range ownTypes() {
		check(def.Description, def.Name)
		for _, f := range ownFields(def) {
			check(f.Description, def.Name, f.Name)
			for _, a := range f.Arguments {
				check(a.Description, def.Name, f.Name, a.Name)
			}
		}
		for _, v := range def.EnumValues {
			check(v.Description, def.Name, v.Name)
		}
	}
	for _, d := range schema().Directives {
		if d.Position != nil && d.Position.Src != nil && d.Position.Src.BuiltIn {
			continue
		}
		check(d.Description, "@"+d.Name)
		for _, a := range d.Arguments {
			check(a.Description, "@"+d.Name, a.Name)
		}
	}
}

// TestArgumentsReachResolvers finds fields whose arguments gqlgen drops, as it does when the field is bound to a member
// of a struct: a field with arguments must be a method with as many of them.
func TestArgumentsReachResolvers(t *testing.T) {
	root := reflect.TypeOf(&graph.Resolver{})
	bound := boundTypes()
	for _, def := range ownTypes() {
		if def.Kind != ast.Object {
			continue
		}
		for _, f := range ownFields(def) {
			if len(f.Arguments) == 0 {
				continue
			}
			want := len(f.Arguments)
			if resolver, ok := root.MethodByName(def.Name); ok {
				if m, ok := methodOf(resolver.Type.Out(0), f.Name); ok {
					extra := 2 // context and parent; the method of an interface has no receiver
					if def.Name == "Query" || def.Name == "Mutation" || def.Name == "Subscription" {
						extra = 1
					}
					if got := m.Type.NumIn() - extra; got != want {
						t.Errorf("the resolver of %s.%s takes %d arguments of %d", def.Name, f.Name, got, want)
					}
					continue
				}
			}
			model, ok := bound[def.Name]
			if !ok {
				t.Errorf("%s has fields with arguments, and this test does not know its Go type", def.Name)
				continue
			}
			m, ok := methodOf(model, f.Name)
			if !ok {
				t.Errorf("%s.%s is no method: its arguments are ignored", def.Name, f.Name)
				continue
			}
			got := m.Type.NumIn() - 1
			if got > 0 && m.Type.In(1).String() == "context.Context" {
				got--
			}
			if got != want {
				t.Errorf("%s takes %d arguments, %s.%s has %d", m.Name, got, def.Name, f.Name, want)
			}
		}
	}
}

// boundTypes are the Go types of object types whose own methods take arguments.
func boundTypes() map[string]reflect.Type {
	return map[string]reflect.Type{
		"Anniversary":    reflect.TypeFor[*news.Anniversary](),
		"Category":       reflect.TypeFor[*news.Category](),
		"HistoricalDate": reflect.TypeFor[*news.HistoricalDate](),

		"EditorialReason":        reflect.TypeFor[*news.EditorialReason](),
		"SharedEventReason":      reflect.TypeFor[*news.SharedEventReason](),
		"SharedTopicsReason":     reflect.TypeFor[*news.SharedTopicsReason](),
		"SharedCategoriesReason": reflect.TypeFor[*news.SharedCategoriesReason](),
		"SameAuthorReason":       reflect.TypeFor[*news.SameAuthorReason](),
		"TextSimilarityReason":   reflect.TypeFor[*news.TextSimilarityReason](),
		"SimpleReason":           reflect.TypeFor[*news.SimpleReason](),
	}
}

// methodOf finds the method of a field, whose name differs in the case of letters only.
func methodOf(t reflect.Type, field string) (reflect.Method, bool) {
	for i := range t.NumMethod() {
		if strings.EqualFold(t.Method(i).Name, field) {
			return t.Method(i), true
		}
	}
	return reflect.Method{}, false
}

func TestNames(t *testing.T) {
	camel, constant, pascal := regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`), regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`), regexp.MustCompile(`^[A-Z][a-zA-Z0-9]*$`)
	check := func(style *regexp.Regexp, name ...string) {
		t.Helper()
		if !style.MatchString(name[len(name)-1]) {
			t.Errorf("%s is not named as GraphQL's custom is (%s)", strings.Join(name, "."), style)
		}
	}
	for _, def := range ownTypes() {
		check(pascal, def.Name)
		for _, f := range ownFields(def) {
			check(camel, def.Name, f.Name)
			for _, a := range f.Arguments {
				check(camel, def.Name, f.Name, a.Name)
			}
		}
		for _, v := range def.EnumValues {
			check(constant, def.Name, v.Name)
		}
	}
}

// TestConnections checks the shape of https://relay.dev/graphql/connections.htm.
func TestConnections(t *testing.T) {
	types := schema().Types
	const forward = "Change" // the journal is read forwards only, and nobody needs to count it
	want := func(def *ast.Definition, field, typeName string) {
		t.Helper()
		if f := def.Fields.ForName(field); f == nil || f.Type.String() != typeName {
			t.Errorf("%s.%s is not %s", def.Name, field, typeName)
		}
	}
	for _, def := range ownTypes() {
		if name, ok := strings.CutSuffix(def.Name, "Connection"); ok {
			edge := types[name+"Edge"]
			if edge == nil {
				t.Errorf("%s has no edge type", def.Name)
				continue
			}
			node := edge.Fields.ForName("node").Type
			if !node.NonNull {
				t.Errorf("%s.node may be null", edge.Name)
			}
			want(edge, "cursor", "String!")
			want(def, "edges", "["+edge.Name+"!]!")
			want(def, "nodes", "["+node.Name()+"!]!")
			want(def, "pageInfo", "PageInfo!")
			if name != forward {
				want(def, "totalCount", "Int!")
			}
		}
		for _, f := range ownFields(def) {
			var paging []string
			for _, a := range f.Arguments {
				if slices.Contains([]string{"first", "after", "last", "before"}, a.Name) {
					paging = append(paging, a.Name+": "+a.Type.String())
				}
			}
			isConnection := strings.HasSuffix(f.Type.Name(), "Connection")
			complete := "first: Int, after: String, last: Int, before: String"
			switch {
			case f.Type.Name() == forward+"Connection":
				complete = "first: Int, after: String"
			case def.Name == "Subscription":
				continue
			}
			if isConnection != (strings.Join(paging, ", ") == complete) || !isConnection && paging != nil {
				t.Errorf("%s.%s has the paging arguments %q", def.Name, f.Name, paging)
			}
			if isConnection && f.Type.NonNull {
				t.Errorf("%s.%s is a computed list; make it nullable, so that its failure does not blank the page", def.Name, f.Name)
			}
		}
	}
	want(types["PageInfo"], "hasNextPage", "Boolean!")
	want(types["PageInfo"], "hasPreviousPage", "Boolean!")
	want(types["PageInfo"], "startCursor", "String")
	want(types["PageInfo"], "endCursor", "String")
	for _, f := range ownFields(types["Query"]) {
		if f.Type.NonNull && f.Name != "nodes" {
			t.Errorf("Query.%s must be nullable: one failing box never blanks the page", f.Name)
		}
	}
}
