package query

import (
	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The service's limits on a statement.
const (
	maxParameters       = 950
	maxParameterName    = 128 // characters
	maxJoins            = 20
	maxUnions           = 200
	maxGroupColumns     = 1000
	maxNestedSubqueries = 25
)

func errTooMany(what string, limit int) error {
	return status.Errorf(codes.InvalidArgument, "Number of %s exceeds the maximum allowed limit of %d.", what, limit)
}

// checkLimits counts what a parsed statement has of everything that is limited.
func checkLimits(n ast.Node) error {
	c := &counted{}
	ast.Walk(n, limitVisitor{counted: c})
	return c.err
}

// counted is what was found so far.
type counted struct {
	joins int
	err   error // of the first limit that was exceeded
}

func (c *counted) limit(n, most int, what string) {
	if n > most && c.err == nil {
		c.err = errTooMany(what, most)
	}
}

// limitVisitor visits what lies within a number of subqueries.
type limitVisitor struct {
	*counted
	depth int
}

// Visit implements ast.Visitor.
func (v limitVisitor) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.Join:
		v.joins++
		v.limit(v.joins, maxJoins, "joins")
	case *ast.CompoundQuery:
		v.limit(len(n.Queries), maxUnions, "unions")
	case *ast.GroupBy:
		v.limit(len(n.Exprs), maxGroupColumns, "aggregations")
	case *ast.ScalarSubQuery, *ast.ArraySubQuery, *ast.ExistsSubQuery, *ast.SubQueryInCondition:
		v.depth++
		v.limit(v.depth, maxNestedSubqueries, "nested subqueries")
	}
	return v
}

// Field implements ast.Visitor.
func (v limitVisitor) Field(string) ast.Visitor { return v }

// Index implements ast.Visitor.
func (v limitVisitor) Index(int) ast.Visitor { return v }

// VisitMany implements ast.Visitor.
func (v limitVisitor) VisitMany([]ast.Node) ast.Visitor { return v }
