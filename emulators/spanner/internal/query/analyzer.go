package query

import (
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/token"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Catalog knows the tables and sequences of a database by name, without regard
// to case.
type Catalog interface {
	Table(name string) (*schema.Table, bool)
	Sequence(name string) (*schema.Sequence, bool)
	View(name string) (*schema.StoredView, bool)

	// Whole and Viewer say what INFORMATION_SCHEMA shows, and to whom: nil sees all.
	Whole() *schema.Catalog
	Viewer() *schema.Access
}

// analyzer turns one parsed statement into typed expressions and plans.
type analyzer struct {
	cat      Catalog
	sql      string
	zone     *time.Location // of times that name none
	params   map[string]*paramInfo
	order    []*paramInfo
	mismatch error // of an undeclared parameter's types

	slots   int // given out so far
	caches  int // results of uncorrelated subqueries
	depth   int
	blocks  int
	aggs    *aggregation // of the block whose select list is being analysed; nil where aggregates are refused
	clause  string       // that refuses aggregates, for the message
	dmlOnly bool         // PENDING_COMMIT_TIMESTAMP is allowed
	rowOnly bool         // an expression of a table: no subqueries
	hints   statementHints
	scans   []*scanNode // of the plan
	protos  ProtoTypes  // nil if there are none

	tables []*relation   // range variables over tables, for the privileges they need
	draws  []sequenceUse // from sequences
	varies bool          // run again on the same data, it may give other rows

	openViews []string             // in lower case, those that are expanded at this place
	usedViews []*schema.StoredView // for the privileges they need
	uses      []string             // tables and views that the statement names, those inside views too
}

type statementHints struct{ forceJoinOrder bool }

// Limits on a statement, so that hostile ones end.
const (
	maxDepth  = 250
	maxBlocks = 300
	maxSlots  = 50_000
)

func newAnalyzer(cat Catalog, sql string) *analyzer {
	a := &analyzer{cat: cat, sql: sql, params: map[string]*paramInfo{}}
	a.protos, _ = cat.(ProtoTypes)
	a.zone = defaultZone
	if cat != nil && cat.Whole().TimeZone() != nil {
		a.zone = cat.Whole().TimeZone()
	}
	return a
}

// enter counts one level of nesting; leave undoes it.
func (a *analyzer) enter(pos token.Pos) error {
	if a.depth++; a.depth > maxDepth {
		return a.invalid(pos, "Expression or query is nested more than %d deep", maxDepth)
	}
	return nil
}

func (a *analyzer) leave() { a.depth-- }

// slot gives out a new slot.
func (a *analyzer) slot() int {
	a.slots++
	return a.slots - 1
}

// mention returns a use of the parameter with the name.
func (a *analyzer) mention(name string, pos token.Pos) *param {
	p := &param{info: a.param(name), pos: pos}
	p.info.mentions = append(p.info.mentions, p)
	return p
}

// infer gives a mention of an undeclared parameter its type. All must have the same.
func (a *analyzer) infer(p *param, t *value.Type) error {
	p.t = t
	if p.info.t == nil {
		p.info.t = t
	}
	if !p.info.t.Equal(t) {
		a.mismatch = a.invalid(p.pos, "Undeclared parameter '%s' is used assuming different types (%s vs %s)", p.info.name, p.info.t, t)
	}
	return a.mismatch
}

// inferRest makes INT64 of the mentions that nothing restricts.
func (a *analyzer) inferRest() error {
	for _, info := range a.order {
		for _, p := range info.mentions {
			if p.typ() == nil {
				_ = a.infer(p, value.TypeInt64)
			}
		}
	}
	return a.mismatch
}

// param returns the parameter with the name.
func (a *analyzer) param(name string) *paramInfo {
	key := strings.ToLower(name)
	info, ok := a.params[key]
	if !ok {
		info = &paramInfo{name: name, index: len(a.order)}
		a.params[key] = info
		a.order = append(a.order, info)
	}
	return info
}

// declare sets the type of a parameter before the analysis.
func (a *analyzer) declare(name string, t *value.Type) {
	info := a.param(name)
	info.t, info.declared = t, true
}

// located adds the place to an error that lacks one.
func (a *analyzer) located(err error, pos token.Pos) error {
	st, ok := status.FromError(err)
	if !ok || strings.Contains(st.Message(), "[at ") {
		return err
	}
	code := st.Code()
	if code == codes.OutOfRange { // of a literal: the statement is wrong as it stands
		code = codes.InvalidArgument
	}
	return status.Error(code, st.Message()+place{a.sql, pos}.String())
}
