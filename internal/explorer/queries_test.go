package explorer

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func TestQueriesAreTheTabs(t *testing.T) {
	var names []string
	for _, q := range Queries() {
		names = append(names, q.Name)
	}
	want := []string{"Article page", "Editors day", "Front page", "On this day", "Plan next year", "Related news", "Search"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestQueriesFitTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range Queries() {
		t.Run(q.Name, func(t *testing.T) {
			document, errs := gqlparser.LoadQueryWithRules(schema, q.Document, rules.NewDefaultRules())
			if errs != nil {
				t.Fatal(errs)
			}
			// The page runs the first operation and makes the tab's title from its name.
			if first := document.Operations[0]; first.Name != q.Operation || first.Operation != ast.Query {
				t.Errorf("the first operation is %s %s, want query %s", first.Operation, first.Name, q.Operation)
			}
			used := map[string]bool{}
			for _, operation := range document.Operations {
				if _, err := validator.VariableValues(schema, operation, q.Variables); err != nil {
					t.Errorf("variables of %s: %v", operation.Name, err)
				}
				for _, v := range operation.VariableDefinitions {
					used[v.Variable] = true
					// GraphiQL marks a required variable that is left out as a mistake, even where it has a default.
					if _, given := q.Variables[v.Variable]; v.Type.NonNull && !given {
						t.Errorf("variable %q of %s is required and not given", v.Variable, operation.Name)
					}
				}
			}
			for name := range q.Variables {
				if !used[name] {
					t.Errorf("variable %q is not in the document", name)
				}
			}
			if !strings.HasPrefix(q.Document, "# ") {
				t.Error("the document does not start with a comment that says what it shows")
			}
		})
	}
}

func TestQueriesAreTheCallersOwn(t *testing.T) {
	Queries()[0].Variables["path"] = "/changed"
	if Queries()[0].Variables["path"] == "/changed" {
		t.Error("a change by one caller is seen by another")
	}
}
