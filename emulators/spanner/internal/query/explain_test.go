package query

import (
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// planText writes a plan as OPERATOR[ROLE: TEXT ...](CHILDREN).
func planText(plan *spannerpb.QueryPlan, index int32) string {
	n := plan.PlanNodes[index]
	out := n.DisplayName
	if target := n.Metadata.GetFields()["scan_target"].GetStringValue(); target != "" {
		out += " " + target
	}
	var notes, children []string
	for _, link := range n.ChildLinks {
		if child := plan.PlanNodes[link.ChildIndex]; child.Kind == spannerpb.PlanNode_SCALAR {
			notes = append(notes, link.Type+": "+child.ShortRepresentation.Description)
		} else {
			children = append(children, planText(plan, link.ChildIndex))
		}
	}
	if len(notes) > 0 {
		out += "[" + strings.Join(notes, "; ") + "]"
	}
	if len(children) > 0 {
		out += "(" + strings.Join(children, ", ") + ")"
	}
	return out
}

func TestPlansSayWhy(t *testing.T) {
	d := filled(t)
	for sql, want := range map[string]string{
		"SELECT V FROM Pages WHERE A = @a AND B >= 1 AND V != 'x' ORDER BY B, C LIMIT 5": "Serialize Result(Limit[Limit: 5](" +
			"Scan Pages[Seek Condition: ($A = @a AND $B >= 1); Residual Condition: ($V != 'x')]))",
		"SELECT V FROM Pages WHERE A = @a AND B <= @b AND (B < @b OR C > @c) ORDER BY B DESC, C": "Serialize Result(Sort[Key: $B DESC; Key: $C](" +
			"Scan Pages[Seek Condition: ($A = @a AND $B < @b AND $B <= @b) OR ($A = @a AND $B = @b AND $C > @c)]))",
		"SELECT V FROM Pages WHERE A IN ('p', 'q') ORDER BY B LIMIT 2": "Serialize Result(Limit[Limit: 2](Merge of ordered ranges[Key: $B](" +
			"Scan Pages[Seek Condition: ($A IN ('p', 'q'))])))",
		"SELECT COUNT(*) FROM Users u JOIN Orders o ON o.UserId = u.Id WHERE u.Name = 'ann'": "Serialize Result(Aggregate[Agg: COUNT(*)](Cross Apply(" +
			"Scan UsersByName[Seek Condition: ($Name = 'ann')], Scan Orders[Seek Condition: ($UserId = $Id)])))",
		"SELECT Name FROM (SELECT * FROM Users) WHERE Id = 1": "Serialize Result(Scan Users[Seek Condition: ($Id = 1)])",
	} {
		st, err := Prepare(d.cat, sql, nil)
		require.NoError(t, err, sql)
		assert.Equal(t, want, planText(st.Plan(), 0), sql)
	}
}
