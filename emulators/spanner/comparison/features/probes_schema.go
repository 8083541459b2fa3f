package main

import (
	"context"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
)

func schemaProbes() []probe {
	numbers := []string{numbersDDL}
	family := func(action string) []string {
		return []string{"CREATE TABLE P (A INT64) PRIMARY KEY (A)", "CREATE TABLE C (A INT64, B INT64) PRIMARY KEY (A, B), INTERLEAVE IN PARENT P" + action}
	}
	return []probe{
		{name: "ALTER TABLE ADD COLUMN with DEFAULT fills rows that exist", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), e.change(ctx, "ALTER TABLE Numbers ADD COLUMN D INT64 NOT NULL DEFAULT (7)"), e.query(ctx, "SELECT D FROM Numbers WHERE K = 1", nil, "7"))
		}},
		{name: "CREATE INDEX on rows that exist", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), e.change(ctx, "CREATE INDEX ByN ON Numbers(N DESC)"),
				same(e.client.Single().ReadUsingIndex(ctx, "Numbers", "ByN", spanner.AllKeys(), []string{"K"}), "2;1;3"))
		}},
		{name: "ALTER COLUMN, DROP COLUMN, DROP INDEX, DROP TABLE", official: documented, ddl: append(numbers, "CREATE INDEX ByS ON Numbers(S)"), run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), e.change(ctx, "ALTER TABLE Numbers ALTER COLUMN S STRING(5)", "DROP INDEX ByS", "ALTER TABLE Numbers DROP COLUMN N"),
				fails(e.insert(ctx, "Numbers", "K S", []any{4, "too long"}), codes.FailedPrecondition, codes.InvalidArgument),
				e.query(ctx, "SELECT * FROM Numbers ORDER BY K LIMIT 1", nil, "1,a"), e.change(ctx, "DROP TABLE Numbers"),
				fails(e.query(ctx, "SELECT 1 FROM Numbers", nil, ""), codes.InvalidArgument))
		}},
		{name: "CHECK constraints", official: documented, ddl: []string{"CREATE TABLE Ch (K INT64, CONSTRAINT Positive CHECK (K > 0)) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "Ch", "K", []any{1}), fails(e.insert(ctx, "Ch", "K", []any{-1}), codes.OutOfRange, codes.FailedPrecondition))
		}},
		{name: "DEFAULT values", official: "yes (“generated primary keys”)", ddl: []string{"CREATE TABLE De (K STRING(36) DEFAULT (GENERATE_UUID()), N INT64 NOT NULL DEFAULT (3)) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			_, err := e.dml(ctx, "INSERT INTO De (N) VALUES (DEFAULT), (4)")
			return first(err, e.query(ctx, "SELECT N, LENGTH(K) FROM De ORDER BY N", nil, "3,36;4,36"))
		}},
		{name: "generated columns, stored and indexed", official: documented, ddl: []string{
			"CREATE TABLE Ge (K INT64, S STRING(MAX), U STRING(MAX) AS (UPPER(S)) STORED) PRIMARY KEY (K)", "CREATE INDEX GeByU ON Ge(U)",
		}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "Ge", "K S", []any{1, "b"}, []any{2, "a"}),
				same(e.client.Single().ReadUsingIndex(ctx, "Ge", "GeByU", spanner.AllKeys(), []string{"U", "K"}), "A,2;B,1"),
				fails(e.insert(ctx, "Ge", "K U", []any{3, "x"}), codes.FailedPrecondition, codes.InvalidArgument))
		}},
		{name: "foreign keys", official: documented, ddl: append(numbers, "CREATE TABLE Fk (K INT64, N INT64, FOREIGN KEY (N) REFERENCES Numbers (K)) PRIMARY KEY (K)"), run: func(ctx context.Context, e *env) error {
			if err := first(e.addNumbers(ctx), e.insert(ctx, "Fk", "K N", []any{1, 1}, []any{2, nil})); err != nil {
				return err
			}
			_, deleted := e.client.Apply(ctx, []*spanner.Mutation{spanner.Delete("Numbers", spanner.Key{1})})
			return first(fails(deleted, codes.FailedPrecondition), fails(e.insert(ctx, "Fk", "K N", []any{3, 99}), codes.FailedPrecondition))
		}},
		{name: "interleaving: parents needed, ON DELETE CASCADE", official: documented, ddl: family(" ON DELETE CASCADE"), run: func(ctx context.Context, e *env) error {
			err := first(e.insert(ctx, "P", "A", []any{1}), e.insert(ctx, "C", "A B", []any{1, 1}), fails(e.insert(ctx, "C", "A B", []any{2, 1}), codes.NotFound))
			if err != nil {
				return err
			}
			_, err = e.client.Apply(ctx, []*spanner.Mutation{spanner.Delete("P", spanner.Key{1})})
			return first(err, e.query(ctx, "SELECT COUNT(*) FROM C", nil, "0"))
		}},
		{name: "interleaving: a parent with children stays", official: documented, ddl: family(""), run: func(ctx context.Context, e *env) error {
			if err := first(e.insert(ctx, "P", "A", []any{1}), e.insert(ctx, "C", "A B", []any{1, 1})); err != nil {
				return err
			}
			_, err := e.client.Apply(ctx, []*spanner.Mutation{spanner.Delete("P", spanner.Key{1})})
			return fails(err, codes.FailedPrecondition)
		}},
		{name: "row deletion policies take effect", official: unsaid, limit: 90 * time.Second, run: expiry, ddl: []string{
			"CREATE TABLE Ex (K INT64, T TIMESTAMP NOT NULL) PRIMARY KEY (K), ROW DELETION POLICY (OLDER_THAN(T, INTERVAL 1 DAY))"}},
		{name: "sequences", official: "yes (“generated primary keys”)", ddl: []string{
			"CREATE SEQUENCE Seq OPTIONS (sequence_kind = 'bit_reversed_positive')",
			"CREATE TABLE Se (K INT64 DEFAULT (GET_NEXT_SEQUENCE_VALUE(SEQUENCE Seq)), N INT64) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			_, err := e.dml(ctx, "INSERT INTO Se (N) VALUES (1), (2)")
			return first(err, e.query(ctx, "SELECT COUNT(DISTINCT K), COUNTIF(K > 0) FROM Se", nil, "2,2"))
		}},
		{name: "views", official: unsaid, ddl: append(numbers, "CREATE VIEW Big SQL SECURITY INVOKER AS SELECT Numbers.K FROM Numbers WHERE Numbers.N > 10"), run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), e.query(ctx, "SELECT K FROM Big", nil, "2"))
		}},
		{name: "roles and GRANT", official: unsaid, ddl: append(numbers, "CREATE ROLE reader", "GRANT SELECT ON TABLE Numbers TO ROLE reader"), run: roles},
		{name: "INFORMATION_SCHEMA: columns, indexes", official: documented, ddl: append(numbers, "CREATE INDEX ByN ON Numbers(N DESC)"), run: func(ctx context.Context, e *env) error {
			return first(e.query(ctx, "SELECT COLUMN_NAME, SPANNER_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Numbers' AND TABLE_SCHEMA = '' ORDER BY ORDINAL_POSITION", nil,
				"K,INT64,NO;N,INT64,YES;S,STRING(MAX),YES"),
				e.query(ctx, "SELECT INDEX_NAME, COLUMN_ORDERING FROM INFORMATION_SCHEMA.INDEX_COLUMNS WHERE TABLE_NAME = 'Numbers' ORDER BY INDEX_NAME", nil, "ByN,DESC;PRIMARY_KEY,ASC"))
		}},
		{name: "GetDatabaseDdl", official: documented, ddl: append(numbers, "CREATE INDEX ByN ON Numbers(N DESC)"), run: func(ctx context.Context, e *env) error {
			response, err := e.admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: e.client.DatabaseName()})
			if err == nil && (len(response.Statements) != 2 || !strings.Contains(response.Statements[1], "N DESC")) {
				return wrongly("%q", response.Statements)
			}
			return err
		}},
	}
}

// expiry waits for a row past its policy to go. Spanner takes up to 72 hours.
func expiry(ctx context.Context, e *env) error {
	now := time.Now()
	if err := e.insert(ctx, "Ex", "K T", []any{1, now.AddDate(0, 0, -3)}, []any{2, now}); err != nil {
		return err
	}
	var err error
	for range 75 {
		if err = e.query(ctx, "SELECT K FROM Ex ORDER BY K", nil, "2"); err == nil {
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}

// roles reads and writes as a role that may only read.
func roles(ctx context.Context, e *env) error {
	client, err := spanner.NewClientWithConfig(ctx, e.client.DatabaseName(),
		spanner.ClientConfig{DisableNativeMetrics: true, DatabaseRole: "reader"}, e.process.Options()...)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := show(client.Single().Read(ctx, "Numbers", spanner.AllKeys(), []string{"K"})); err != nil {
		return err
	}
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("Numbers", []string{"K"}, []any{1})})
	return fails(err, codes.PermissionDenied)
}
