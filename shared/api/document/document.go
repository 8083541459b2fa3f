// Package document holds openapi.yaml, the one description of the HTTP API. No function
// imports it: each embeds what package operation has of its own operation.
package document

import _ "embed"

//go:embed openapi.yaml
var text []byte

// Text returns openapi.yaml, for gateways.
func Text() []byte { return text }
