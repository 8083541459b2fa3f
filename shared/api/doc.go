// Package api holds the types of the HTTP API, generated from document/openapi.yaml, its one
// description. Package operation beside it is generated from the same document
// and validates requests. After a change of openapi.yaml run go generate here.
package api

//go:generate go tool -modfile=../../tools/codegen.mod oapi-codegen -config codegen.yaml document/openapi.yaml
//go:generate go run ./internal/generate
