package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// Hints that Spanner knows, by where they stand. All but FORCE_INDEX and
// FORCE_JOIN_ORDER steer an optimizer that is not here, and are only checked.
var (
	queryHints = hintNames(`FORCE_INDEX INDEX_STRATEGY JOIN_TYPE JOIN_METHOD HASH_JOIN_BUILD_SIDE HASH_JOIN_EXECUTION FORCE_JOIN_ORDER
		CONSTANT_FOLDING USE_ADDITIONAL_PARALLELISM ENABLE_ADAPTIVE_PLANS LOCK_SCANNED_RANGES PARAMETER_SENSITIVE SCAN_METHOD
		EXECUTION_METHOD ALLOW_DISTRIBUTED_MERGE ALLOW_TIMESTAMP_PREDICATE_PUSHDOWN ALLOW_SEARCH_INDEXES_IN_TRANSACTION
		REQUIRE_ENHANCE_QUERY ENHANCE_QUERY_TIMEOUT_MS OPTIMIZER_VERSION OPTIMIZER_STATISTICS_PACKAGE`)
	dmlHints   = hintNames(`LOCK_SCANNED_RANGES PDML_MAX_PARALLELISM FORCE_JOIN_ORDER OPTIMIZER_VERSION OPTIMIZER_STATISTICS_PACKAGE`)
	tableHints = hintNames(`FORCE_INDEX GROUPBY_SCAN_OPTIMIZATION INDEX_STRATEGY SCAN_METHOD SEEKABLE_KEY_SIZE LOCK_SCANNED_RANGES`)
	joinHints  = hintNames(`JOIN_TYPE JOIN_METHOD HASH_JOIN_BUILD_SIDE HASH_JOIN_EXECUTION FORCE_JOIN_ORDER BATCH_MODE`)
	groupHints = hintNames(`GROUP_TYPE GROUP_METHOD`)
)

func hintNames(words string) map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields(words) {
		out[name] = true
	}
	return out
}

// checkHints refuses hints that are unknown or given twice. Those that name
// another engine, such as @{other.HINT=1}, are for that one.
func (a *analyzer) checkHints(h *ast.Hint, known map[string]bool) error {
	if h == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, rec := range h.Records {
		parts := rec.Key.Idents
		name := strings.ToUpper(parts[len(parts)-1].Name)
		if len(parts) > 1 && !strings.EqualFold(parts[0].Name, "spanner") {
			continue
		}
		if !known[name] {
			return a.invalid(rec.Pos(), "Unsupported hint: %s.", name)
		}
		if seen[name] {
			return a.invalid(rec.Pos(), "Multiple values for hint: %s.", name)
		}
		seen[name] = true
	}
	return nil
}

func (a *analyzer) statementHint(h *ast.Hint, known map[string]bool) error {
	a.hints.forceJoinOrder = joinOrderHint(h)
	return a.checkHints(h, known)
}
