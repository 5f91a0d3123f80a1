// Package dateline holds the published GraphQL contract.
package dateline

import _ "embed"

// Schema is the text of schema.graphqls.
//
//go:embed schema.graphqls
var Schema string
