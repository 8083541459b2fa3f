package stack

//go:generate go run ./internal/functionlist
