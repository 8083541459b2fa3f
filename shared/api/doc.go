// Package api holds openapi.yaml, the one description of the HTTP API, and the types
// generated from it. Package operation beside it is generated from the same document
// and validates requests. After a change of openapi.yaml run go generate here.
package api

//go:generate go tool -modfile=../../tools/codegen.mod oapi-codegen -config codegen.yaml openapi.yaml
//go:generate go run ./internal/generate
