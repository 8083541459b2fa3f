package api

import _ "embed"

//go:embed openapi.yaml
var document []byte

// Document returns openapi.yaml, for gateways. Functions have no need of it.
func Document() []byte { return document }
