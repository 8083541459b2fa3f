package stack

//go:generate go run ../../../scripts/internal/staging/functionlist
