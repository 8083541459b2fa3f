package query

import (
	"strings"
)

// textOf writes an expression for the reader of a plan: columns as $Name.
func textOf(e expr) string {
	switch x := e.(type) {
	case *constant:
		return constantText(x)
	case *param:
		return "@" + x.info.name
	case *slotRef:
		if x.name == "" {
			return "$v"
		}
		return "$" + x.name
	case *logic:
		word := " AND "
		if x.or {
			word = " OR "
		}
		return "(" + strings.Join(textsOf(x.ops), word) + ")"
	case *binary:
		return "(" + textOf(x.a) + " " + x.name + " " + textOf(x.b) + ")"
	case *isNull:
		if x.not {
			return textOf(x.a) + " IS NOT NULL"
		}
		return textOf(x.a) + " IS NULL"
	case *inList:
		return inText(x)
	case *cast:
		return "CAST(" + textOf(x.a) + " AS " + x.t.String() + ")"
	case *subquery:
		return "(subquery)"
	case *call:
		return x.name + "(" + strings.Join(textsOf(x.args), ", ") + ")"
	case *unary:
		return x.name + "(" + textOf(x.a) + ")"
	}
	var operands []expr
	e.kids(func(k *expr) { operands = append(operands, *k) })
	return "expression(" + strings.Join(textsOf(operands), ", ") + ")"
}

func textsOf(list []expr) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = textOf(e)
	}
	return out
}

// maxConstantText is how much of a constant a plan shows.
const maxConstantText = 64

func constantText(c *constant) string {
	text := c.v.Text()
	if len(text) > maxConstantText {
		text = strings.ToValidUTF8(text[:maxConstantText], "") + "..."
	}
	if c.v.IsNull() || c.t == nil {
		return text
	}
	switch c.t.String() {
	case "INT64", "FLOAT64", "FLOAT32", "BOOL", "NUMERIC":
		return text
	}
	return "'" + text + "'"
}

func inText(x *inList) string {
	word := " IN "
	if x.not {
		word = " NOT IN "
	}
	if x.array != nil {
		return textOf(x.a) + word + "UNNEST(" + textOf(x.array) + ")"
	}
	return textOf(x.a) + word + "(" + strings.Join(textsOf(x.list), ", ") + ")"
}
