// Package cloud checks what Terraform would make of an environment. Its input is the state
// that terraform test leaves behind when it applies an environment to a mocked provider, so
// that every single resource is looked at, whichever module it stands in; its measure is
// terraform/wiring.json. Configuration reads the files alone, for machines without Terraform.
package cloud

//go:generate go run ./generate
