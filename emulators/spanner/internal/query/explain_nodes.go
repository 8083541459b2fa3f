package query

import (
	"strings"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
)

// scalar adds what an operator computes or checks, as a child of its own.
func (x *explainer) scalar(parent *spannerpb.PlanNode, role, text string) {
	n := x.add("Function", nil)
	n.Kind = spannerpb.PlanNode_SCALAR
	n.ShortRepresentation = &spannerpb.PlanNode_ShortRepresentation{Description: text}
	parent.ChildLinks = append(parent.ChildLinks, &spannerpb.PlanNode_ChildLink{ChildIndex: n.Index, Type: role})
}

// scan describes the reading of a table or index: by which ranges, and what is
// checked of each row.
func (x *explainer) scan(n *scanNode) *spannerpb.PlanNode {
	out := x.add("Scan", n.describe())
	var seeks []string
	for _, alt := range n.alts {
		if seek := alt.text(n); seek != "" {
			seeks = append(seeks, seek)
		}
	}
	if len(seeks) > 0 && len(seeks) == len(n.alts) {
		x.scalar(out, "Seek Condition", strings.Join(seeks, " OR "))
	}
	if len(n.residual) > 0 {
		x.scalar(out, "Residual Condition", strings.Join(textsOf(n.residual), " AND "))
	}
	return out
}

// text writes the conditions that make the ranges of an alternative.
func (alt *alternative) text(n *scanNode) string {
	terms := textsOf(alt.guards)
	for _, c := range alt.uses() {
		terms = append(terms, "$"+n.table.Columns[c.ordinal].Name+c.text())
	}
	if len(terms) == 0 {
		return ""
	}
	return "(" + strings.Join(terms, " AND ") + ")"
}

var signs = map[columnOp][2]string{ // exclusive, inclusive
	opEqual: {" = ", " = "}, opLow: {" > ", " >= "}, opHigh: {" < ", " <= "}, opStart: {" STARTS WITH ", ""}, opLike: {" LIKE ", ""},
}

func (c *columnCond) text() string {
	switch c.op {
	case opNull:
		return " IS NULL"
	case opNotNull:
		return " IS NOT NULL"
	case opIn:
		if c.e != nil {
			return " IN UNNEST(" + textOf(c.e) + ")"
		}
		return " IN (" + strings.Join(textsOf(c.list), ", ") + ")"
	}
	sign := signs[c.op][0]
	if c.inclusive {
		sign = signs[c.op][1]
	}
	return sign + textOf(c.e)
}

// details adds what an operator other than a scan computes or checks.
func (x *explainer) details(out *spannerpb.PlanNode, n node) {
	switch n := n.(type) {
	case *filterNode:
		x.scalar(out, "Condition", strings.Join(textsOf(n.conds), " AND "))
	case *limitNode:
		x.limit(out, n.limits)
	case *sampleNode:
		x.scalar(out, "Size", textOf(n.size))
	case *sortNode:
		x.keys(out, n.keys)
		if n.limit != nil {
			x.limit(out, n.limit)
		}
	case *mergeNode:
		x.keys(out, n.keys)
	case *groupNode:
		for _, k := range n.aggs.keys {
			x.scalar(out, "Key", textOf(k))
		}
		for _, c := range n.aggs.calls {
			text := "*"
			if c.arg != nil {
				text = textOf(c.arg)
			}
			x.scalar(out, "Agg", strings.TrimSuffix(strings.TrimPrefix(c.name, "$"), "_STAR")+"("+text+")")
		}
	case *hashJoin:
		for i := range n.leftKeys {
			x.scalar(out, "Condition", "("+textOf(n.leftKeys[i])+" = "+textOf(n.rightKeys[i])+")")
		}
		x.residual(out, n.conds)
	case *loopJoin:
		x.residual(out, n.conds)
	}
}

func (x *explainer) residual(out *spannerpb.PlanNode, conds []expr) {
	if len(conds) > 0 {
		x.scalar(out, "Residual Condition", strings.Join(textsOf(conds), " AND "))
	}
}

func (x *explainer) limit(out *spannerpb.PlanNode, l *limits) {
	x.scalar(out, "Limit", textOf(l.count))
	if l.offset != nil {
		x.scalar(out, "Offset", textOf(l.offset))
	}
}

func (x *explainer) keys(out *spannerpb.PlanNode, keys []sortKey) {
	for _, k := range keys {
		text := textOf(k.e)
		if k.desc {
			text += " DESC"
		}
		x.scalar(out, "Key", text)
	}
}
