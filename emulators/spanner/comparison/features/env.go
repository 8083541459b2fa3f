package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

// env is what a probe works with: a database in a process of its own.
type env struct {
	binaries *servers.Binaries
	process  *servers.Process
	dir      string
	admin    *databaseadmin.DatabaseAdminClient
	client   *spanner.Client
}

func (e *env) open(ctx context.Context, ddl []string) (err error) {
	if e.admin, err = e.process.Admin(ctx); err != nil {
		return err
	}
	e.client, err = e.process.Open(ctx, "probe", ddl...)
	return err
}

// wrongAnswer is an answer that Spanner would not give.
type wrongAnswer struct {
	text string
	code bool // it is rightly an error, but has another code
}

func (w *wrongAnswer) Error() string { return w.text }

func wrongly(format string, args ...any) error {
	return &wrongAnswer{text: fmt.Sprintf(format, args...)}
}

// show writes rows as text: values by comma, rows by semicolon.
func show(it *spanner.RowIterator) (string, error) {
	var rows []string
	err := it.Do(func(row *spanner.Row) error {
		values := make([]string, row.Size())
		for i := range values {
			var v spanner.GenericColumnValue
			if err := row.Column(i, &v); err != nil {
				return err
			}
			switch x := v.Value.AsInterface().(type) {
			case nil:
				values[i] = "NULL"
			default:
				values[i] = fmt.Sprint(x)
			}
		}
		rows = append(rows, strings.Join(values, ","))
		return nil
	})
	return strings.Join(rows, ";"), err
}

// same compares what was read with what is right.
func same(it *spanner.RowIterator, want string) error {
	got, err := show(it)
	if err == nil && got != want {
		return wrongly("got %q, not %q", got, want)
	}
	return err
}

// query compares the rows of a query with what is right.
func (e *env) query(ctx context.Context, sql string, params map[string]any, want string) error {
	return same(e.client.Single().Query(ctx, spanner.Statement{SQL: sql, Params: params}), want)
}

// read compares the rows of a read with what is right.
func (e *env) read(ctx context.Context, table string, keys spanner.KeySet, columns []string, want string) error {
	return same(e.client.Single().Read(ctx, table, keys, columns), want)
}

// dml runs a statement in a transaction of its own.
func (e *env) dml(ctx context.Context, sql string) (rows int64, err error) {
	_, err = e.client.ReadWriteTransaction(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		rows, err = txn.Update(ctx, spanner.NewStatement(sql))
		return err
	})
	return rows, err
}

func (e *env) insert(ctx context.Context, table string, columns string, rows ...[]any) error {
	var mutations []*spanner.Mutation
	for _, values := range rows {
		mutations = append(mutations, spanner.Insert(table, strings.Fields(columns), values))
	}
	_, err := e.client.Apply(ctx, mutations)
	return err
}

func (e *env) change(ctx context.Context, ddl ...string) error {
	return servers.UpdateDatabase(ctx, e.admin, e.client.DatabaseName(), ddl...)
}

// fails says whether an error is one of those that Spanner answers with.
func fails(err error, want ...codes.Code) error {
	if err == nil {
		return wrongly("was accepted")
	}
	for _, code := range want {
		if spanner.ErrCode(err) == code {
			return nil
		}
	}
	return &wrongAnswer{text: fmt.Sprintf("failed with %v", err), code: true}
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

const numbersDDL = `CREATE TABLE Numbers (K INT64 NOT NULL, N INT64, S STRING(MAX)) PRIMARY KEY (K)`

// addNumbers adds the rows (1,10,a), (2,20,b), (3,NULL,NULL).
func (e *env) addNumbers(ctx context.Context) error {
	return e.insert(ctx, "Numbers", "K N S", []any{1, 10, "a"}, []any{2, 20, "b"}, []any{3, nil, nil})
}

// asks is a probe of a query on Numbers.
func asks(name, sql string, params map[string]any, want string) probe {
	return probe{name: name, official: byFullSQL, ddl: []string{numbersDDL}, run: func(ctx context.Context, e *env) error {
		return first(e.addNumbers(ctx), e.query(ctx, sql, params, want))
	}}
}

// holds is a probe of a column type: values come back in order of their key.
func holds(name, official, columnType string, values []any, want string) probe {
	return probe{
		name: name, official: official,
		ddl: []string{"CREATE TABLE Vals (V " + columnType + ", I INT64) PRIMARY KEY (V)"},
		run: func(ctx context.Context, e *env) error {
			for i, v := range values {
				if err := e.insert(ctx, "Vals", "V I", []any{v, i}); err != nil {
					return err
				}
			}
			return first(e.read(ctx, "Vals", spanner.AllKeys(), []string{"I"}, want),
				e.query(ctx, "SELECT I FROM Vals ORDER BY V", nil, want))
		},
	}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}
