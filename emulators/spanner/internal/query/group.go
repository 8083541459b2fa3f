package query

import (
	"fmt"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func (b *block) groupBy(n *ast.GroupBy) error {
	if n == nil {
		return nil
	}
	b.aggs.needed = true
	a := b.a
	if err := a.checkHints(n.Hint, groupHints); err != nil {
		return err
	}
	a.aggs, a.clause = nil, "GROUP BY clause"
	defer func() { a.aggs, a.clause = b.aggs, "" }()
	s := b.nameAliases(newScope(b.scope))
	for _, item := range n.Exprs {
		i, isOrdinal, err := b.ordinal(item, "GROUP BY")
		if err != nil {
			return err
		}
		var e expr
		if isOrdinal {
			e = b.items[i].e
		} else if e, err = a.expr(s, item); err != nil {
			return err
		}
		if b.aggs.mentionedBy(e) {
			return a.invalid(item.Pos(), "Aggregate function not allowed in GROUP BY clause")
		}
		if e.typ() == nil {
			e, _, _ = a.coerce(e, value.TypeInt64)
		}
		if !e.typ().Groupable() {
			return a.invalid(item.Pos(), "Grouping by expressions of type %s is not allowed", e.typ())
		}
		var slot int
		if ref, ok := e.(*slotRef); ok {
			slot = ref.slot
		} else {
			slot = a.slot()
		}
		b.aggs.keys, b.aggs.keySlots = append(b.aggs.keys, e), append(b.aggs.keySlots, slot)
	}
	return nil
}

func (b *block) having(n *ast.Having) (expr, error) {
	if n == nil {
		return nil, nil
	}
	s := b.nameAliases(newScope(b.scope))
	grouped := b.aggs.needed
	e, err := b.a.condition(s, n.Expr, "HAVING clause")
	if err != nil {
		return nil, err
	}
	if !grouped {
		return nil, b.a.invalid(n.Having, "The HAVING clause requires GROUP BY or aggregation in the SELECT list to be present")
	}
	return e, nil
}

// ungroup makes what is computed after grouping read the keys of the group, and
// refuses what else it reads of the rows.
func (b *block) ungroup(having *expr) error {
	if !b.aggs.needed {
		return nil
	}
	g := &ungrouping{b: b, keys: map[string]int{}, rows: map[int]bool{}, grouped: map[int]bool{}}
	for i, k := range b.aggs.keys {
		g.keys[signatureOf(k)] = i
		g.grouped[b.aggs.keySlots[i]] = true
	}
	for _, r := range b.scope.rels {
		for _, c := range r.cols {
			g.rows[c.slot] = true
		}
		if r.self != nil {
			g.rows[r.self.slot] = true
		}
	}
	for i := range b.items {
		if err := g.rewrite(&b.items[i].e, true); err != nil {
			return err
		}
	}
	if *having != nil {
		if err := g.rewrite(having, false); err != nil {
			return err
		}
	}
	for i := range b.sort {
		if err := g.rewrite(&b.sort[i].e, true); err != nil {
			return err
		}
	}
	return nil
}

type ungrouping struct {
	b       *block
	keys    map[string]int // by signature, the number of the key
	rows    map[int]bool   // slots of the rows that are grouped
	grouped map[int]bool   // of these, those that are keys
}

// rewrite replaces keys in an expression. A key that is neither a path nor named by
// an alias is recognised where it is the whole expression only, as Spanner does.
func (g *ungrouping) rewrite(at *expr, whole bool) error {
	if i, ok := g.keys[signatureOf(*at)]; ok && (whole || isPath(*at) || *at == g.b.aggs.keys[i]) {
		k := g.b.aggs.keys[i]
		*at = &slotRef{slot: g.b.aggs.keySlots[i], t: k.typ()}
		return nil
	}
	switch e := (*at).(type) {
	case *slotRef:
		if g.rows[e.slot] && !g.grouped[e.slot] {
			return g.b.a.invalid(e.pos, "Expression references column %s which is neither grouped nor aggregated", e.name)
		}
	case *subquery:
		for slot, c := range e.captured {
			if g.rows[slot] && !g.grouped[slot] {
				return g.b.a.invalid(e.pos, "Expression references column %s which is neither grouped nor aggregated", c.name)
			}
		}
	}
	var err error
	(*at).kids(func(k *expr) {
		if err == nil {
			err = g.rewrite(k, false)
		}
	})
	return err
}

// isPath reports whether an expression is a column or a field of one.
func isPath(e expr) bool {
	if f, ok := e.(*fieldOf); ok {
		return isPath(f.a)
	}
	_, ok := e.(*slotRef)
	return ok
}

// signatureOf describes an expression such that two of the same signature have the same value.
func signatureOf(e expr) string {
	var out strings.Builder
	writeSignature(&out, e)
	return out.String()
}

func writeSignature(out *strings.Builder, e expr) {
	switch x := e.(type) {
	case *constant:
		fmt.Fprintf(out, "const %s %q", x.t, value.AppendKey(nil, x.v, false))
		return
	case *param:
		fmt.Fprintf(out, "param %d", x.info.index)
		return
	case *slotRef:
		fmt.Fprintf(out, "slot %d", x.slot)
		return
	case *subquery:
		fmt.Fprintf(out, "subquery %p", x)
		return
	case *call:
		if x.volatile {
			fmt.Fprintf(out, "volatile %p", x)
			return
		}
		out.WriteString(x.name)
	case *unary:
		out.WriteString(x.name)
	case *binary:
		out.WriteString(x.name)
	case *cast:
		fmt.Fprintf(out, "cast %s %t", x.t, x.safe)
	case *fieldOf:
		fmt.Fprintf(out, "field %d", x.index)
	case *logic:
		fmt.Fprintf(out, "logic %t", x.or)
	case *isNull:
		fmt.Fprintf(out, "null %t", x.not)
	case *isBool:
		fmt.Fprintf(out, "bool %t %t", x.not, x.want)
	case *inList:
		fmt.Fprintf(out, "in %t %t", x.not, x.array != nil)
	case *structLiteral:
		fmt.Fprintf(out, "struct %s", x.t)
	case *newMessage:
		fmt.Fprintf(out, "new %s %t", x.t, x.base != nil)
		for _, f := range x.fields {
			out.WriteString(" " + pathName(f.path))
		}
	case *lambdaCall:
		fmt.Fprintf(out, "lambda %p", x)
		return
	default:
		fmt.Fprintf(out, "%T", x)
	}
	out.WriteByte('(')
	e.kids(func(k *expr) { writeSignature(out, *k); out.WriteByte(',') })
	out.WriteByte(')')
}
