package graph

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/dateline-cms/dateline/internal/news"
)

// oneOf refuses variables that give more or less than one field of a @oneOf input. Validation does so for documents
// only.
type oneOf struct{ schema *ast.Schema }

var _ graphql.OperationContextMutator = (*oneOf)(nil)

func (*oneOf) ExtensionName() string { return "OneOf" }

func (o *oneOf) Validate(s graphql.ExecutableSchema) error {
	o.schema = s.Schema()
	return nil
}

func (o *oneOf) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		path := ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}
		if err := o.check(v.Type, reflect.ValueOf(op.Variables[v.Variable]), path); err != nil {
			return err
		}
	}
	return nil
}

func (o *oneOf) check(t *ast.Type, v reflect.Value, path ast.Path) *gqlerror.Error {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	def := o.schema.Types[t.Name()]
	switch {
	case def.Kind != ast.InputObject:
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if err := o.check(t.Elem, v.Index(i), append(path, ast.PathIndex(i))); err != nil {
				return err
			}
		}
	case v.Kind() == reflect.Map:
		if def.Directives.ForName("oneOf") != nil && !hasOne(v) {
			err := gqlerror.ErrorPathf(path, "%s takes exactly one of its fields, which must not be null", def.Name)
			err.Extensions = map[string]any{"code": string(news.Invalid)}
			return err
		}
		for _, f := range def.Fields {
			if err := o.check(f.Type, v.MapIndex(reflect.ValueOf(f.Name)), append(path, ast.PathName(f.Name))); err != nil {
				return err
			}
		}
	}
	return nil
}

func hasOne(fields reflect.Value) bool {
	if fields.Len() != 1 {
		return false
	}
	entries := fields.MapRange()
	entries.Next()
	return !entries.Value().IsNil()
}
