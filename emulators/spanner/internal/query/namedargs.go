package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// takesNames are the special functions that read named arguments.
var takesNames = map[string]bool{}

// namedArgs analyses the arguments of a function whose parameters have the
// names, in capitals. Those that are left out are nil.
func (a *analyzer) namedArgs(s *scope, c *ast.CallExpr, names []string) ([]expr, error) {
	name := functionName(c.Func)
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if len(nodes) > len(names) {
		return nil, a.invalid(c.Pos(), "Number of arguments does not match for function %s", name)
	}
	out := make([]expr, len(names))
	for i, n := range nodes {
		if out[i], err = a.expr(s, n); err != nil {
			return nil, err
		}
	}
	for _, arg := range c.NamedArgs {
		i := 0
		for i < len(names) && !strings.EqualFold(names[i], arg.Name.Name) {
			i++
		}
		switch {
		case i == len(names):
			return nil, a.invalid(arg.Pos(), "Named argument %s not found in signature for call to function %s", arg.Name.Name, name)
		case out[i] != nil:
			return nil, a.invalid(arg.Pos(), "Duplicate argument %s in call to function %s", arg.Name.Name, name)
		}
		if out[i], err = a.expr(s, arg.Value); err != nil {
			return nil, err
		}
	}
	return out, nil
}
