package behaviour_test

import (
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// answer is what a call brought.
type answer struct {
	rows  []string
	count int64
	err   error
}

// call is a step that must succeed unless something else is asked of it.
type call struct {
	title  string
	do     func(r *run) answer
	checks []func(r *run, a answer)
	failed bool // it must fail
}

func (c call) run(r *run) {
	r.t.Helper()
	a := c.do(r)
	if !c.failed {
		assert.NoError(r.t, a.err, c.title)
	}
	for _, check := range c.checks {
		check(r, a)
	}
}

func (c call) must(check func(r *run, a answer)) call {
	c.checks = append(append([]func(*run, answer){}, c.checks...), check)
	return c
}

// gives says which rows a call answers; a row is its values with a space between.
func (c call) gives(rows ...string) call {
	return c.must(func(r *run, a answer) {
		want := make([]string, len(rows))
		for i := range rows {
			want[i] = strings.ReplaceAll(rows[i], "$ts", r.stamp)
		}
		assert.Equal(r.t, want, append([]string{}, a.rows...), c.title)
	})
}

// counts says how many rows a DML statement changes.
func (c call) counts(n int64) call {
	return c.must(func(r *run, a answer) { assert.Equal(r.t, n, a.count, c.title) })
}

// fails says with which code a call fails, and what its message has in it.
func (c call) fails(code codes.Code, parts ...string) call {
	c.failed = true
	return c.must(func(r *run, a answer) {
		assert.Equal(r.t, code.String(), status.Code(a.err).String(), "%s: %v", c.title, a.err)
		for _, part := range parts {
			assert.ErrorContains(r.t, a.err, part, c.title)
		}
	})
}

func parameters(args []any) (*structpb.Struct, map[string]*spannerpb.Type) {
	params, types := &structpb.Struct{Fields: map[string]*structpb.Value{}}, map[string]*spannerpb.Type{}
	for i, arg := range args {
		name := fmt.Sprintf("p%d", i+1)
		params.Fields[name] = wire(arg)
		if t := typeOf(arg); t != nil {
			types[name] = t
		}
	}
	return params, types
}

func (r *run) execute(selector *spannerpb.TransactionSelector, sql string, args []any) answer {
	params, types := parameters(args)
	r.seqno++
	return r.executeRequest(&spannerpb.ExecuteSqlRequest{
		Session: r.session, Transaction: selector, Sql: sql, Params: params, ParamTypes: types, Seqno: r.seqno,
	})
}

func (r *run) executeRequest(req *spannerpb.ExecuteSqlRequest) answer {
	set, err := r.calls.ExecuteSql(r.context(), req)
	return answerOf(set, err)
}

func answerOf(set *spannerpb.ResultSet, err error) answer {
	a := answer{err: err, count: set.GetStats().GetRowCountExact()}
	for _, values := range set.GetRows() {
		a.rows = append(a.rows, rowText(values))
	}
	return a
}

// do executes SQL in the transaction; arguments are @p1, @p2 and so on.
func do(sql string, args ...any) call {
	return call{title: sql, do: func(r *run) answer { return r.execute(r.selector(), sql, args) }}
}

// ask executes SQL by itself, at a strong snapshot.
func ask(sql string, args ...any) call {
	return call{title: sql, do: func(r *run) answer { return r.execute(nil, sql, args) }}
}

// change executes DML in a transaction of its own.
func change(sql string, args ...any) call {
	return call{title: sql, do: func(r *run) answer {
		other := &run{t: r.t, calls: r.calls, session: r.session}
		a := other.execute(other.selector(), sql, args)
		if a.err != nil {
			a.err = fmt.Errorf("%w", a.err)
			_ = other.rollback()
			return a
		}
		a.err = other.commit()
		r.stamp = other.stamp
		return a
	}}
}

func (r *run) commit(mutations ...*spannerpb.Mutation) error {
	return r.commitRequest(&spannerpb.CommitRequest{
		Session: r.session, Mutations: mutations, Transaction: &spannerpb.CommitRequest_TransactionId{TransactionId: r.transaction()},
	})
}

func (r *run) commitRequest(req *spannerpb.CommitRequest) error {
	resp, err := r.calls.Commit(r.context(), req)
	if err == nil {
		r.stamp = resp.CommitTimestamp.AsTime().Format(time.RFC3339Nano)
	}
	return err
}

func (r *run) rollback() error {
	_, err := r.calls.Rollback(r.context(), &spannerpb.RollbackRequest{Session: r.session, TransactionId: r.transaction()})
	return err
}

// commit commits the transaction, with mutations.
func commit(mutations ...*spannerpb.Mutation) call {
	return call{title: "commit", do: func(r *run) answer { return answer{err: r.commit(mutations...)} }}
}

// rollback rolls the transaction back.
func rollback() call {
	return call{title: "rollback", do: func(r *run) answer { return answer{err: r.rollback()} }}
}

// begin makes the steps that follow use a new read-write transaction.
func begin() call {
	return call{title: "begin", do: func(r *run) answer { r.txn = nil; return answer{} }}
}

// snapshot makes the steps that follow use a new read-only transaction.
func snapshot(o *spannerpb.TransactionOptions_ReadOnly) call {
	return call{title: "begin read-only", do: func(r *run) answer {
		r.txn = r.begin(&spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: o}})
		return answer{}
	}}
}

// apply commits mutations in a transaction of their own.
func apply(mutations ...*spannerpb.Mutation) call {
	return call{title: "apply", do: func(r *run) answer {
		return answer{err: r.commitRequest(&spannerpb.CommitRequest{
			Session: r.session, Mutations: mutations,
			Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: &spannerpb.TransactionOptions{
				Mode: &spannerpb.TransactionOptions_ReadWrite_{ReadWrite: &spannerpb.TransactionOptions_ReadWrite{}}}},
		})}
	}}
}

func (r *run) readRequest(req *spannerpb.ReadRequest) answer {
	req.Session = r.session
	set, err := r.calls.Read(r.context(), req)
	return answerOf(set, err)
}

// readIn reads rows in the transaction; source is a table, or Table@Index.
func readIn(source, columns string, keys *spannerpb.KeySet) call {
	return readWith(source, columns, keys, (*run).selector)
}

// read reads rows by itself, at a strong snapshot.
func read(source, columns string, keys *spannerpb.KeySet) call {
	return readWith(source, columns, keys, func(*run) *spannerpb.TransactionSelector { return nil })
}

// readAs reads rows by itself, at the time that the options say.
func readAs(o *spannerpb.TransactionOptions_ReadOnly, source, columns string, keys *spannerpb.KeySet) call {
	return readWith(source, columns, keys, func(*run) *spannerpb.TransactionSelector { return singleUse(o) })
}

// askAs executes SQL by itself, at the time that the options say.
func askAs(o *spannerpb.TransactionOptions_ReadOnly, sql string) call {
	return call{title: sql, do: func(r *run) answer { return r.execute(singleUse(o), sql, nil) }}
}

func singleUse(o *spannerpb.TransactionOptions_ReadOnly) *spannerpb.TransactionSelector {
	return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_SingleUse{
		SingleUse: &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: o}}}}
}

func readWith(source, columns string, keys *spannerpb.KeySet, selector func(*run) *spannerpb.TransactionSelector) call {
	table, index, _ := strings.Cut(source, "@")
	return call{title: "read " + source, do: func(r *run) answer {
		return r.readRequest(&spannerpb.ReadRequest{
			Transaction: selector(r), Table: table, Index: index, Columns: strings.Fields(columns), KeySet: keys,
		})
	}}
}

// alter changes the schema.
func alter(statements ...string) call {
	return call{title: strings.Join(statements, "; "), do: func(r *run) answer {
		op, err := r.admin.UpdateDatabaseDdl(r.context(), &databasepb.UpdateDatabaseDdlRequest{Database: r.database, Statements: statements})
		if err == nil {
			err = status.ErrorProto(op.GetError())
		}
		return answer{err: err}
	}}
}

// call1 is a step written as a function.
func custom(title string, do func(r *run) error) call {
	return call{title: title, do: func(r *run) answer { return answer{err: do(r)} }}
}
