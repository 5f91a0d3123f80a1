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
	want := []string{"Article page", "Front page", "On this day", "Plan next year", "Search"}
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
			if n := len(document.Operations); n != 1 {
				t.Fatalf("%d operations, want 1", n)
			}
			operation := document.Operations[0]
			if _, err := validator.VariableValues(schema, operation, q.Variables); err != nil {
				t.Errorf("variables: %v", err)
			}
			for name := range q.Variables {
				if operation.VariableDefinitions.ForName(name) == nil {
					t.Errorf("variable %q is not in the document", name)
				}
			}
			// GraphiQL marks a required variable that is left out as a mistake, even where it has a default.
			for _, v := range operation.VariableDefinitions {
				if _, given := q.Variables[v.Variable]; v.Type.NonNull && !given {
					t.Errorf("variable %q is required and not given", v.Variable)
				}
			}
			// The page makes the tab's title from the operation's name.
			if strings.ReplaceAll(strings.ToLower(q.Name), " ", "") != strings.ToLower(operation.Name) {
				t.Errorf("operation %s does not make the title %q", operation.Name, q.Name)
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
