// Package staging makes of a repository what each function is deployed from, and builds and
// starts it as the Go buildpack does.
//
// The buildpack builds one package beside go.mod. A Source therefore holds
// the packages of this module that the function imports, a generated package at the root
// that imports the function, and a go.mod and go.sum of the modules that it is built from. Tests and what only tests use stay behind. Its Hash is that of
// the content alone, so that it changes when, and only when, what is deployed changes.
package staging
