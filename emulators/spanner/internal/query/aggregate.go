package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// aggregation is what a block computes over its groups.
type aggregation struct {
	keys     []expr // GROUP BY
	keySlots []int
	calls    []*aggregateCall
	needed   bool // GROUP BY or an aggregate was there
}

// aggregateCall is one call of an aggregate function; its result goes to a slot.
type aggregateCall struct {
	name        string
	arg         expr // nil for COUNT(*)
	separator   expr // of STRING_AGG
	distinct    bool
	ignoreNulls bool
	order       []sortKey
	limit       expr
	having      expr // HAVING MAX and MIN: only rows where it is extreme
	havingMin   bool
	t           *value.Type
	slot        int
	state       func() accumulator
}

// accumulator collects the values of one group.
type accumulator interface {
	add(v value.Value) error
	result() (value.Value, error)
}

// aggregates gives, for an argument's type, the type of the result and how to
// compute it, or a nil type if the function does not take the argument.
var aggregates = map[string]func(arg *value.Type) (*value.Type, func() accumulator){
	"COUNT":       func(*value.Type) (*value.Type, func() accumulator) { return value.TypeInt64, newCount },
	"$COUNT_STAR": func(*value.Type) (*value.Type, func() accumulator) { return value.TypeInt64, newCount },
	"COUNTIF":     ofBool(value.TypeInt64, func() accumulator { return &countIf{} }),
	"LOGICAL_AND": ofBool(value.TypeBool, func() accumulator { return &logical{} }),
	"LOGICAL_OR":  ofBool(value.TypeBool, func() accumulator { return &logical{or: true} }),
	"SUM":         sumOf,
	"AVG":         averageOf,
	"MIN":         extremeOf(-1),
	"MAX":         extremeOf(1),
	"ANY_VALUE": func(t *value.Type) (*value.Type, func() accumulator) {
		return t, func() accumulator { return &anyValue{} }
	},
	"ARRAY_AGG": func(t *value.Type) (*value.Type, func() accumulator) {
		if t.Code == value.CodeArray {
			return nil, nil
		}
		return value.ArrayOf(t), func() accumulator { return &arrayAgg{} }
	},
	"ARRAY_CONCAT_AGG": func(t *value.Type) (*value.Type, func() accumulator) {
		if t.Code != value.CodeArray {
			return nil, nil
		}
		return t, func() accumulator { return &arrayConcat{} }
	},
	"STRING_AGG": func(t *value.Type) (*value.Type, func() accumulator) {
		if t.Code != value.CodeString && t.Code != value.CodeBytes {
			return nil, nil
		}
		return t, func() accumulator { return &stringAgg{code: t.Code} }
	},
	"STDDEV": spreadOf(true), "STDDEV_SAMP": spreadOf(true), "VARIANCE": spreadOf(false), "VAR_SAMP": spreadOf(false),
	"BIT_AND": ofInt64(func(x, y int64) int64 { return x & y }),
	"BIT_OR":  ofInt64(func(x, y int64) int64 { return x | y }),
	"BIT_XOR": ofInt64(func(x, y int64) int64 { return x ^ y }),
}

// aggregate analyses a call of an aggregate function.
func (a *analyzer) aggregate(s *scope, n *ast.CallExpr, name string) (expr, error) {
	pos := n.Func.Pos()
	if a.aggs == nil {
		return nil, a.invalid(pos, "Aggregate function %s not allowed in %s", strings.TrimPrefix(name, "$"), a.clause)
	}
	aggs, clause := a.aggs, a.clause
	a.aggs, a.clause = nil, "an argument of an aggregate function"
	defer func() { a.aggs, a.clause = aggs, clause }()
	args, err := a.args(s, n)
	if err != nil {
		return nil, err
	}
	for _, arg := range args {
		if aggs.mentionedBy(arg) {
			return nil, a.invalid(pos, "Aggregations of aggregations are not allowed")
		}
	}
	c := &aggregateCall{name: name, distinct: n.Distinct}
	if name != "$COUNT_STAR" {
		if len(args) == 0 || len(args) > 1 && name != "STRING_AGG" || len(args) > 2 {
			return nil, a.invalid(pos, "No matching signature for aggregate function %s for argument types: %s", name, typeList(args))
		}
		c.arg = args[0]
		if c.arg.typ() == nil {
			c.arg, _, _ = a.coerce(c.arg, defaultArgument(name))
		}
	}
	if err := a.aggregateModifiers(s, n, c, args); err != nil {
		return nil, err
	}
	if err := a.aggregateType(c, args, pos); err != nil {
		return nil, err
	}
	c.slot = a.slot()
	aggs.calls, aggs.needed = append(aggs.calls, c), true
	return &slotRef{slot: c.slot, t: c.t, pos: pos}, nil
}

// mentionedBy reports whether an expression reads the result of an aggregate function.
func (g *aggregation) mentionedBy(e expr) bool {
	used := false
	walk(e, func(x expr) bool {
		if ref, ok := x.(*slotRef); ok {
			for _, c := range g.calls {
				used = used || c.slot == ref.slot
			}
		}
		return !used
	})
	return used
}

func isLiteralOrParam(e expr) bool {
	switch e := e.(type) {
	case *constant:
		return true
	case *cast:
		return isLiteralOrParam(e.a)
	case *param:
		return true
	}
	return false
}

// defaultArgument is the type of an argument that has none of its own.
func defaultArgument(name string) *value.Type {
	switch name {
	case "COUNTIF", "LOGICAL_AND", "LOGICAL_OR":
		return value.TypeBool
	case "STRING_AGG":
		return value.TypeString
	}
	return value.TypeInt64
}

func (a *analyzer) aggregateType(c *aggregateCall, args []expr, pos token.Pos) error {
	argType := value.TypeInt64
	if c.arg != nil {
		argType = c.arg.typ()
	}
	c.t, c.state = aggregates[c.name](argType)
	if c.t == nil {
		return a.invalid(pos, "No matching signature for aggregate function %s for argument types: %s", c.name, typeList(args))
	}
	if c.distinct && (c.arg == nil || !argType.Groupable()) {
		return a.invalid(pos, "Aggregate functions with DISTINCT cannot be used with arguments of type %s", argType)
	}
	return nil
}

func (a *analyzer) aggregateModifiers(s *scope, n *ast.CallExpr, c *aggregateCall, args []expr) error {
	pos := n.Pos()
	collects := c.name == "ARRAY_AGG" || c.name == "STRING_AGG" || c.name == "ARRAY_CONCAT_AGG"
	if (n.OrderBy != nil || n.Limit != nil) && !collects {
		return a.invalid(pos, "Aggregate function %s does not support ORDER BY and LIMIT in arguments", c.name)
	}
	if n.NullHandling != nil && c.name != "ARRAY_AGG" {
		return a.invalid(pos, "IGNORE NULLS and RESPECT NULLS are not allowed for aggregate function %s", c.name)
	}
	_, c.ignoreNulls = n.NullHandling.(*ast.IgnoreNulls)
	if len(args) == 2 {
		if !isLiteralOrParam(args[1]) {
			return a.invalid(n.Args[1].Pos(), "Argument 2 to %s must be a literal or query parameter", c.name)
		}
		var err error
		if c.separator, err = a.mustBe(args[1], c.arg.typ(), "Separator of STRING_AGG", pos); err != nil {
			return err
		}
	}
	if n.OrderBy != nil {
		for _, item := range n.OrderBy.Items {
			e, err := a.expr(s, item.Expr)
			if err != nil {
				return err
			}
			if item.Collate != nil {
				return a.unsupported(item.Collate.Pos(), "COLLATE")
			}
			if e.typ() == nil || !e.typ().Orderable() {
				return a.invalid(item.Pos(), "ORDER BY does not support expressions of type %s", e.typ())
			}
			if c.distinct && signatureOf(e) != signatureOf(c.arg) {
				return a.invalid(item.Pos(), "An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY expressions that are arguments to the function")
			}
			c.order = append(c.order, sortKey{e: e, desc: item.Dir == ast.DirectionDesc})
		}
	}
	if n.Limit != nil {
		if n.Limit.Offset != nil {
			return a.invalid(n.Limit.Offset.Pos(), "Aggregate function %s does not support OFFSET in arguments", c.name)
		}
		var err error
		if c.limit, err = a.intValue(s, n.Limit.Count, "LIMIT"); err != nil {
			return err
		}
	}
	return a.aggregateHaving(s, n, c)
}

func (a *analyzer) aggregateHaving(s *scope, n *ast.CallExpr, c *aggregateCall) (err error) {
	switch h := n.Having.(type) {
	case nil:
		return nil
	case *ast.HavingMax:
		c.having, err = a.expr(s, h.Expr)
	case *ast.HavingMin:
		c.havingMin = true
		c.having, err = a.expr(s, h.Expr)
	}
	if err == nil && (c.having.typ() == nil || !c.having.typ().Orderable()) {
		err = a.invalid(n.Pos(), "HAVING modifier does not support expressions of type %s", c.having.typ())
	}
	return err
}
