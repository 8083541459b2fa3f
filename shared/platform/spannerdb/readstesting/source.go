package readstesting

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readers are the methods of the Spanner client that read, and whether they take the
// options that a tag stands in.
var readers = map[string]bool{
	"ReadRowWithOptions": true, "ReadWithOptions": true, "QueryWithOptions": true, "UpdateWithOptions": true,
	"BatchUpdateWithOptions": true, "PartitionedUpdateWithOptions": true,
	"ReadRow": false, "ReadRowUsingIndex": false, "ReadUsingIndex": false, "Read": false, "Query": false,
	"QueryWithStats": false, "BatchUpdate": false, "PartitionedUpdate": false,
}

// CoverPackage fails for each read in the sources of the package in dir that no Expect
// has asserted, and for each that has no request tag to tell it by.
func (r *Reads) CoverPackage(t testing.TB, dir string) {
	t.Helper()
	tags, untagged, err := tagsOf(dir)
	if err != nil {
		t.Fatalf("read the sources of %s: %v", dir, err)
	}
	for _, place := range untagged {
		t.Errorf("%s: a read without a request tag", place)
	}
	for _, tag := range tags {
		if !r.asserted[tag] {
			t.Errorf("no assertion says how %q reads", tag)
		}
	}
}

// tagsOf returns the request tags in a package, and the places of reads that have none.
func tagsOf(dir string) (tags, untagged []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	p := &sources{places: token.NewFileSet(), passed: map[string]int{}}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(p.places, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"cloud.google.com/go/spanner"` }) {
			p.files = append(p.files, file)
		}
	}
	p.findForwarders()
	for _, file := range p.files {
		ast.Inspect(file, p.visit)
	}
	return p.tags, p.untagged, nil
}

// sources are the files of a package that use the Spanner client.
type sources struct {
	places   *token.FileSet
	files    []*ast.File
	passed   map[string]int // functions that take a tag: which of their parameters it is
	tags     []string
	untagged []string
}

// findForwarders finds the functions whose parameter tag is a request tag.
func (p *sources) findForwarders() {
	for _, file := range p.files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil || !p.forwards(f) {
				continue
			}
			at := 0
			for _, field := range f.Type.Params.List {
				for _, name := range field.Names {
					if name.Name == "tag" {
						p.passed[f.Name.Name] = at
					}
					at++
				}
			}
		}
	}
}

func (p *sources) forwards(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			key, isName := pair.Key.(*ast.Ident)
			v, isVariable := pair.Value.(*ast.Ident)
			found = found || isName && isVariable && key.Name == "RequestTag" && v.Name == "tag"
		}
		return true
	})
	return found
}

func (p *sources) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "RequestTag" {
			p.tag(n.Value)
		}
	case *ast.CallExpr:
		name := calledName(n.Fun)
		if at, forwards := p.passed[name]; forwards && at < len(n.Args) {
			p.tag(n.Args[at])
		}
		if _, isMethod := n.Fun.(*ast.SelectorExpr); isMethod {
			if takesOptions, reads := readers[name]; reads && (!takesOptions || !p.isTagged(n)) {
				p.untagged = append(p.untagged, p.places.Position(n.Pos()).String())
			}
		}
	}
	return true
}

func calledName(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.IndexExpr: // of a generic function
		return calledName(fun.X)
	}
	return ""
}

// tag takes a tag that is a literal, or what is passed on under the name tag.
func (p *sources) tag(e ast.Expr) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			p.tags = append(p.tags, text)
			return
		}
	case *ast.Ident:
		if e.Name == "tag" {
			return // counted where it is given
		}
	}
	p.untagged = append(p.untagged, p.places.Position(e.Pos()).String())
}

// isTagged reports whether the options, the last argument, have a tag.
func (p *sources) isTagged(n *ast.CallExpr) bool {
	if len(n.Args) == 0 {
		return false
	}
	tagged := false
	ast.Inspect(n.Args[len(n.Args)-1], func(n ast.Node) bool {
		if key, ok := n.(*ast.KeyValueExpr); ok {
			id, isName := key.Key.(*ast.Ident)
			tagged = tagged || isName && id.Name == "RequestTag"
		}
		if call, ok := n.(*ast.CallExpr); ok {
			_, forwards := p.passed[calledName(call.Fun)]
			tagged = tagged || forwards
		}
		return true
	})
	return tagged
}
