package query

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Statement is an analysed and planned statement. It does not change and may
// be run many times at once.
type Statement struct {
	plan   *queryPlan // of a query
	dml    *dmlPlan   // of DML
	params []*paramInfo
	scans  []*scanNode
	slots  int
	caches int
	needs  []Need

	forUpdate bool // a query with FOR UPDATE
	zone      *time.Location
	varies    bool // it may return other rows when it is run again
	ordered   bool // a query with ORDER BY
	whole     bool // a query that is one partition, whatever it is
}

// Column is a column of a result, or a parameter.
type Column = value.Field

// Options say how to run a statement.
type Options struct {
	RejectFullScans bool      // refuse to scan a whole table
	MaxHeldBytes    int       // memory for what is sorted, grouped, hashed or kept; 0: 256 MiB
	Now             time.Time // CURRENT_TIMESTAMP
	Counters        Counters  // of sequences
	ReadOnly        bool      // refuse to draw from them, and FOR UPDATE
}

// Prepare parses, analyses and plans a query or DML statement. types declares
// the types of parameters; those of others are inferred.
func Prepare(cat Catalog, sql string, types map[string]*spannerpb.Type) (st *Statement, err error) {
	declared := make(map[string]*value.Type, len(types))
	for name, pb := range types {
		if pb.GetCode() == spannerpb.TypeCode_TYPE_CODE_UNSPECIFIED {
			continue
		}
		t, err := value.TypeFromProto(pb)
		if err != nil {
			return nil, status.Errorf(status.Code(err), "parameter %s: %s", name, status.Convert(err).Message())
		}
		if t, err = resolveProtos(cat, t); err != nil {
			return nil, status.Errorf(status.Code(err), "parameter %s: %s", name, status.Convert(err).Message())
		}
		declared[name] = t
	}
	return prepare(cat, sql, declared)
}

func prepare(cat Catalog, sql string, declared map[string]*value.Type) (*Statement, error) {
	parsed, err := parse(sql)
	if err == nil {
		err = checkLimits(parsed)
	}
	if err != nil {
		return nil, err
	}
	a := newAnalyzer(cat, sql)
	for name, t := range declared {
		a.declare(name, t)
	}
	st := &Statement{}
	switch n := parsed.(type) {
	case *ast.QueryStatement:
		if err = a.statementHint(n.Hint, queryHints); err != nil {
			return nil, err
		}
		if st.plan, err = a.query(nil, n.Query); err == nil {
			err = checkShape(st.plan.cols)
		}
		if err == nil {
			st.forUpdate, err = a.checkForUpdate(n)
			st.ordered, st.whole = isOrdered(n.Query), isWhole(n.Hint)
		}
	case *ast.Insert:
		st.dml, err = a.insert(n)
	case *ast.Update:
		st.dml, err = a.update(n)
	case *ast.Delete:
		st.dml, err = a.delete(n)
	case *ast.Call:
		err = a.unsupported(n.Pos(), "CALL")
	case *ast.GQLGraphQuery:
		err = a.unsupported(n.Pos(), "GRAPH")
	default:
		err = a.invalid(parsed.Pos(), "Statement not supported: %s", strings.TrimPrefix(fmt.Sprintf("%T", parsed), "*ast."))
	}
	if err != nil {
		return nil, err
	}
	if len(a.order) > maxParameters {
		return nil, errTooMany("parameters in query", maxParameters)
	}
	if err := a.inferRest(); err != nil {
		return nil, err
	}
	st.params, st.scans, st.slots, st.caches, st.needs = a.order, a.liveScans(), a.slots, a.caches, a.needs(st.dml)
	st.varies, st.zone = a.varies, a.zone
	return st, nil
}

// checkShape refuses results that Spanner cannot return.
func checkShape(cols []outColumn) error {
	for _, c := range cols {
		switch {
		case c.t.Code == value.CodeStruct:
			return status.Error(codes.Unimplemented, "Unsupported query shape: A struct value cannot be returned as a column value. "+
				"Rewrite the query to flatten the struct fields in the result.")
		case c.mayBeNull && c.t.Code == value.CodeArray && c.t.Elem.Code == value.CodeStruct:
			return status.Error(codes.Unimplemented, "Unsupported query shape: This query can return a null-valued array of struct, "+
				"which is not supported by Spanner.")
		}
	}
	return nil
}

// maxStatement is the most characters that Spanner takes in a statement.
const maxStatement = 1_000_000

func parse(sql string) (n ast.Statement, err error) {
	if len(sql) > maxStatement {
		return nil, status.Errorf(codes.InvalidArgument, "Query string length of %d exceeds maximum allowed length of %d", len(sql), maxStatement)
	}
	if !utf8.ValidString(sql) {
		return nil, status.Error(codes.InvalidArgument, "Query string is not valid UTF-8")
	}
	if err := checkNesting(sql); err != nil {
		return nil, err
	}
	defer func() { // the parser panics on some malformed input
		if r := recover(); r != nil {
			n, err = nil, status.Errorf(codes.InvalidArgument, "Syntax error: %v", r)
		}
	}()
	if sql, err = syntax.PlainParameters(sql); err != nil {
		return nil, unimplemented("%v", err)
	}
	n, err = syntax.ParseStatement(strings.TrimSuffix(strings.TrimRight(sql, " \t\r\n"), ";"))
	if err != nil {
		return nil, syntaxError(err)
	}
	return n, nil
}

// IsDML reports whether the statement writes.
func (st *Statement) IsDML() bool { return st.dml != nil }

// Repeatable reports whether the statement returns the same rows in the same order
// each time that it is run on the same data.
func (st *Statement) Repeatable() bool { return !st.varies }

// CheckPartitionable refuses what cannot be run by itself on each part of a
// table, as partitioned DML is.
func (st *Statement) CheckPartitionable() error {
	switch {
	case st.dml == nil:
		return invalidArgument("PartitionedDml Transactions may only be used to execute DML statements")
	case st.dml.kind != dmlUpdate && st.dml.kind != dmlDelete:
		return invalidArgument("INSERT is not supported for Partitioned DML")
	case len(st.scans) > 1:
		return invalidArgument("Partitioned DML only supports fully partitionable statements.")
	}
	return nil
}

// Columns returns the columns of the rows that the statement returns; none for
// DML without THEN RETURN.
func (st *Statement) Columns() []Column {
	cols := []outColumn(nil)
	if st.plan != nil {
		cols = st.plan.cols
	} else if st.dml.returning != nil {
		cols = st.dml.returning.cols
	}
	out := make([]Column, len(cols))
	for i, c := range cols {
		out[i] = Column{Name: c.name, Type: c.t}
	}
	return out
}

// Params returns the parameters that the statement mentions or that were declared.
func (st *Statement) Params() []Column {
	out := make([]Column, len(st.params))
	for i, p := range st.params {
		out[i] = Column{Name: p.name, Type: p.t}
	}
	return out
}

// Undeclared returns the parameters whose types were inferred.
func (st *Statement) Undeclared() []Column {
	var out []Column
	for _, p := range st.params {
		if !p.declared {
			out = append(out, Column{Name: p.name, Type: p.t})
		}
	}
	return out
}

// Bound is a statement with the values of its parameters.
type Bound struct {
	st     *Statement
	params []value.Value
	opts   Options
}

// Bind decodes the parameters that the statement mentions.
func (st *Statement) Bind(params *structpb.Struct, opts Options) (*Bound, error) {
	if st.forUpdate && opts.ReadOnly {
		return nil, errNotForUpdate()
	}
	for name := range params.GetFields() {
		if len(name) > maxParameterName {
			return nil, invalidArgument("Parameter names can have at most %d characters: %.20s...", maxParameterName, name)
		}
	}
	b := &Bound{st: st, opts: opts, params: make([]value.Value, len(st.params))}
	for i, p := range st.params {
		pb, ok := params.GetFields()[p.name]
		if !ok {
			pb, ok = fieldFold(params, p.name)
		}
		if !ok {
			if len(p.mentions) == 0 {
				continue
			}
			return nil, status.Errorf(codes.InvalidArgument, "No parameter found for binding: %s", p.name)
		}
		v, err := value.Decode(pb, p.t)
		if err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "Invalid value for bind parameter %s: %s", p.name, status.Convert(err).Message())
		}
		b.params[i] = v
	}
	if opts.RejectFullScans {
		for _, s := range st.scans {
			if s.unbounded && !s.limited {
				return nil, s.errFullScan()
			}
		}
	}
	return b, nil
}

func fieldFold(params *structpb.Struct, name string) (*structpb.Value, bool) {
	for k, v := range params.GetFields() {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

func (b *Bound) env(ctx context.Context, src Source) *env {
	e := &env{
		ctx: ctx, src: src, now: b.opts.Now, zone: b.st.zone, seed: rand.Uint64(), rejectFullScans: b.opts.RejectFullScans, maxHeldBytes: b.opts.MaxHeldBytes, params: b.params,
		slots: make([]value.Value, b.st.slots), cached: make([]cachedRows, b.st.caches), states: b.opts.Counters,
	}
	if !b.opts.ReadOnly {
		e.counters = b.opts.Counters
	}
	return e
}

// QueryFrom runs a query.
func (b *Bound) QueryFrom(ctx context.Context, src Source) (*Rows, error) {
	if b.st.plan == nil {
		return nil, status.Error(codes.InvalidArgument, "DML statements are executed, not queried")
	}
	e := b.env(ctx, src)
	in, err := b.st.plan.node.open(e)
	if err != nil {
		return nil, err
	}
	cols := b.st.plan.cols
	return &Rows{e: e, in: in, cols: cols, row: make([]value.Value, len(cols))}, nil
}

// Rows is a running query.
type Rows struct {
	e    *env
	in   steps
	cols []outColumn
	row  []value.Value
}

// Next moves to the next row and reports whether there is one.
func (r *Rows) Next() (bool, error) {
	ok, err := r.in.next()
	if !ok || err != nil {
		return false, err
	}
	for i, c := range r.cols {
		v := r.e.slots[c.slot]
		if v.IsCommitTimestamp() {
			return false, errPendingRead
		}
		r.row[i] = v
	}
	return true, nil
}

var errPendingRead = status.Error(codes.InvalidArgument, "A column cannot be read after its commit timestamp was set to PENDING_COMMIT_TIMESTAMP() in the same transaction")

// Row returns the current row, which the next call of Next overwrites.
func (r *Rows) Row() []value.Value { return r.row }

// Scanned returns how many rows of tables and indexes were read so far.
func (r *Rows) Scanned() int64 { return r.e.scanned }

// Close ends the query. It may be called more than once.
func (r *Rows) Close() { r.in.close() }
