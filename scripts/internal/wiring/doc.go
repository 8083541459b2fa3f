// Package wiring reads out of the code what each function may touch, and makes of it, of
// the topology between the functions and of the OpenAPI document the one map that
// Terraform provisions the cloud from: terraform/wiring.json.
//
// A function's rights are the clients that its wire.go opens; its trigger is the endpoint
// that function.go makes of it. A function whose trigger the topology does not know, or
// the reverse, is an error, so that neither can exist without the other.
package wiring

//go:generate go run ./generate
