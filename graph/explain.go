package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/dateline-cms/dateline/internal/store"
)

// explainHeader asks for extensions.explain.
const explainHeader = "Dateline-Explain"

// explained is the answer to explainHeader.
type explained struct {
	Statements int         `json:"statements"`
	SQL        []statement `json:"sql"`
}

type statement struct {
	Text         string `json:"text"`
	Rows         int    `json:"rows"`
	Microseconds int64  `json:"microseconds"`
}

// explain adds what SQL a response took.
func explain(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Headers.Get(explainHeader) != "1" {
		return next(ctx)
	}
	var trace store.Trace
	response := next(store.WithTrace(ctx, &trace))
	if response == nil {
		return nil
	}
	answer := explained{Statements: trace.Count()}
	for _, s := range trace.Statements() {
		answer.SQL = append(answer.SQL, statement{s.SQL, s.Rows, s.Duration.Microseconds()})
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["explain"] = answer
	return response
}
