package query

import (
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Plan describes how the statement is run: its operators from the last to the
// first, then the scans of subqueries in expressions.
func (st *Statement) Plan() *spannerpb.QueryPlan {
	x := &explainer{plan: &spannerpb.QueryPlan{}, shown: map[*scanNode]bool{}}
	var root *spannerpb.PlanNode
	if st.dml != nil {
		root = x.add("Apply Mutations", map[string]string{"table": st.dml.table.Name})
		if st.dml.input != nil {
			x.link(root, x.explain(st.dml.input))
		}
	} else {
		root = x.add("Serialize Result", nil)
		x.link(root, x.explain(st.plan.node))
	}
	for _, s := range st.scans {
		if !x.shown[s] {
			sub := x.add("Scalar Subquery", nil)
			x.link(root, sub)
			x.link(sub, x.explain(s))
		}
	}
	return x.plan
}

type explainer struct {
	plan  *spannerpb.QueryPlan
	shown map[*scanNode]bool
}

func (x *explainer) add(name string, metadata map[string]string) *spannerpb.PlanNode {
	n := &spannerpb.PlanNode{
		Index: int32(len(x.plan.PlanNodes)), Kind: spannerpb.PlanNode_RELATIONAL, DisplayName: name,
	}
	if len(metadata) > 0 {
		n.Metadata = &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for k, v := range metadata {
			n.Metadata.Fields[k] = structpb.NewStringValue(v)
		}
	}
	x.plan.PlanNodes = append(x.plan.PlanNodes, n)
	return n
}

func (x *explainer) link(parent, child *spannerpb.PlanNode) {
	parent.ChildLinks = append(parent.ChildLinks, &spannerpb.PlanNode_ChildLink{ChildIndex: child.Index})
}

func (x *explainer) explain(n node) *spannerpb.PlanNode {
	if s, ok := n.(*scanNode); ok {
		x.shown[s] = true
		return x.scan(s)
	}
	out := x.add(operator(n), joinKind(n))
	for _, input := range n.inputs() {
		x.link(out, x.explain(input))
	}
	x.details(out, n)
	return out
}

// joinKind tells outer joins.
func joinKind(n node) map[string]string {
	switch n := n.(type) {
	case *hashJoin:
		if n.outer {
			return map[string]string{"join_type": "LEFT_OUTER"}
		}
	case *loopJoin:
		if n.full {
			return map[string]string{"join_type": "FULL_OUTER"}
		}
		if n.outer {
			return map[string]string{"join_type": "LEFT_OUTER"}
		}
	}
	return nil
}

func (n *scanNode) describe() map[string]string {
	out := map[string]string{"scan_type": "TableScan", "scan_target": n.table.Name}
	if n.index != nil {
		out["scan_type"], out["scan_target"] = "IndexScan", n.index.Name
	}
	if n.unbounded {
		out["Full scan"] = "true"
	}
	if n.reverse {
		out["scan_direction"] = "backward"
	}
	return out
}

// operator names the kind of a node, as Spanner's plans do.
func operator(n node) string {
	switch n := n.(type) {
	case oneRow:
		return "Unit Relation"
	case *filterNode:
		return "Filter"
	case *projectNode:
		return "Compute"
	case *limitNode:
		return "Limit"
	case *sortNode:
		if n.limit != nil {
			return "Sort Limit"
		}
		return "Sort"
	case *distinctNode, *groupNode:
		return "Aggregate"
	case *loopJoin:
		if n.kept {
			return "Nested Loop Join"
		}
		return "Cross Apply"
	case *hashJoin:
		return "Hash Join"
	case *unnestNode:
		return "Array Unnest"
	case *sampleNode:
		return "Sample"
	case *mergeNode:
		return "Merge of ordered ranges"
	case *setNode:
		if n.except {
			return "Except"
		}
		return "Intersect"
	}
	return "Union All"
}
