package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// checkForUpdate tells whether a query has FOR UPDATE in it, and refuses it where
// there is nothing to lock and beside a hint that locks as well. Transactions
// here lock what they read anyhow.
// https://cloud.google.com/spanner/docs/reference/standard-sql/query-syntax#for_update_clause
func (a *analyzer) checkForUpdate(n *ast.QueryStatement) (found bool, err error) {
	ast.Inspect(n.Query, func(node ast.Node) bool {
		q, ok := node.(*ast.Query)
		if !ok || q.ForUpdate == nil {
			return err == nil
		}
		found = true
		if s, ok := q.Query.(*ast.Select); ok && s.From == nil {
			err = a.invalid(q.ForUpdate.Pos(), "FOR UPDATE is not allowed without a FROM clause")
		}
		return err == nil
	})
	if err == nil && found && locksByHint(n.Hint) {
		err = a.invalid(n.Hint.Pos(), "FOR UPDATE cannot be combined with statement-level lock hints")
	}
	return found, err
}

func locksByHint(h *ast.Hint) bool {
	if h == nil {
		return false
	}
	for _, rec := range h.Records {
		parts := rec.Key.Idents
		if strings.EqualFold(parts[len(parts)-1].Name, "LOCK_SCANNED_RANGES") && (len(parts) == 1 || strings.EqualFold(parts[0].Name, "spanner")) {
			return true
		}
	}
	return false
}

func errNotForUpdate() error {
	return status.Error(codes.InvalidArgument, "FOR UPDATE is not supported in this transaction type")
}
