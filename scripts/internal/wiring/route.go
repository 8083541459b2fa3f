package wiring

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Route is an operation of the API as the front door routes it.
type Route struct {
	Function string `json:"function"`
	// Methods are the operation's own, and OPTIONS with the first of each path: every
	// function answers a browser's preflight for its path.
	Methods []string `json:"methods"`
	// Path is a pattern of URL maps: * is one segment or a part of one.
	Path   string `json:"path"`
	checks string
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// maxWildcards is how many operators a pattern may have (compute.urlMaps, pathTemplateMatch).
const maxWildcards = 5

// routes returns the operations of the OpenAPI document, those with the most literal paths
// first: the front door takes the first that fits.
func routes(root string) ([]Route, error) {
	document, err := os.ReadFile(filepath.Join(root, "shared", "api", "document", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	var found []Route
	for path, item := range doc.Paths.Map() {
		pattern := parameter.ReplaceAllString(path, "*")
		if strings.Count(pattern, "*") > maxWildcards {
			return nil, fmt.Errorf("%s has more than %d parameters, which the front door cannot route", path, maxWildcards)
		}
		for method, operation := range item.Operations() {
			found = append(found, Route{Function: operation.OperationID, Methods: []string{method}, Path: pattern, checks: checks(operation)})
		}
	}
	slices.SortFunc(found, func(a, b Route) int {
		if by := literalLength(b.Path) - literalLength(a.Path); by != 0 {
			return by
		}
		return strings.Compare(a.Path+" "+a.Methods[0], b.Path+" "+b.Methods[0])
	})
	for i := range found {
		if i == 0 || found[i].Path != found[i-1].Path {
			found[i].Methods = append(found[i].Methods, http.MethodOptions)
		}
	}
	return found, nil
}

// checks says what the function of an operation checks of who calls it.
func checks(operation *openapi3.Operation) string {
	words, _ := operation.Extensions["x-kwipper-access"].([]any)
	if slices.Contains(words, any("signature")) {
		return "signature"
	}
	return "token"
}

// literalLength counts the characters of a pattern that are none of a parameter.
func literalLength(pattern string) int { return len(pattern) - strings.Count(pattern, "*") }
