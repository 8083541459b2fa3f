package invariants

import (
	"cmp"
	"context"
	"slices"

	"github.com/kwipper/kwipper/emulators/stripe"
)

// Offender is a row that breaks an invariant.
type Offender struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// Result is what became of one check.
type Result struct {
	Name      string     `json:"name"`
	Statement string     `json:"statement"` // what must be true
	OK        bool       `json:"ok"`
	Rows      int        `json:"rows"` // that were looked at
	Offenders []Offender `json:"offenders"`
}

type check struct {
	name, statement string
	look            func(*world) *findings
}

var checks = []check{
	{"ledger-balances", "The lines of each transaction of the ledger sum to zero, and so does each currency.", ledgerBalances},
	{"ledger-equals-gateway", "What the ledger says was charged and returned for a payment is what the gateway charged and returned.", ledgerEqualsGateway},
	{"charges-have-reasons", "Each charge belongs to a payment, and to a subscription that came about unless it was returned.", chargesHaveReasons},
	{"charged-once", "No payment is charged twice, and no invoice is paid twice without a return.", chargedOnce},
	{"returns-within-charges", "What is returned never exceeds what was charged.", returnsWithinCharges},
	{"active-is-paid", "The current period of each active subscription has a paid invoice.", activeIsPaid},
	{"access-is-paid", "Nobody has an enrollment or entitlement without an open subscription.", accessIsPaid},
	{"paid-has-access", "Each open subscription has its enrollments and its entitlement, until its access ends.", paidHasAccess},
	{"one-open-subscription", "Nobody has two open subscriptions to one course.", oneOpenSubscription},
	{"sagas-end", "Each saga has ended, or waits for its learner or a payment network.", sagasEnd},
	{"subscribers-are-counted", "The subscribers counted for a course are its enrollments.", subscribersAreCounted},
}

// Check runs all checks on the databases, as of one instant, and on what the gateway has
// moved. The stack should be at rest: what is under way may break an invariant for a moment.
func Check(ctx context.Context, gateway stripe.Totals) ([]Result, error) {
	w, err := load(ctx, gateway)
	if err != nil {
		return nil, err
	}
	return w.check(), nil
}

func (w *world) check() []Result {
	results := make([]Result, len(checks))
	for i, c := range checks {
		f := c.look(w)
		if f.offenders == nil {
			f.offenders = []Offender{}
		}
		slices.SortFunc(f.offenders, func(a, b Offender) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Why, b.Why)) })
		results[i] = Result{Name: c.name, Statement: c.statement, OK: len(f.offenders) == 0, Rows: f.rows, Offenders: f.offenders}
	}
	return results
}

// OK reports whether all checks passed.
func OK(results []Result) bool {
	for _, r := range results {
		if !r.OK {
			return false
		}
	}
	return true
}
