package main

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

func serviceProbes() []probe {
	numbers := []string{numbersDDL}
	return []probe{
		{name: "query plans", official: "no: no plans are returned", ddl: append(numbers, "CREATE INDEX ByN ON Numbers(N)"), run: func(ctx context.Context, e *env) error {
			plan, err := e.client.Single().AnalyzeQuery(ctx, spanner.NewStatement("SELECT K FROM Numbers WHERE N = 10"))
			if err == nil && !strings.Contains(plan.String(), "ByN") {
				return wrongly("no plan that names the index")
			}
			return err
		}},
		{name: "rows scanned, in PROFILE mode", official: "no: rows returned and time alone", ddl: numbers, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			mode := spannerpb.ExecuteSqlRequest_PROFILE
			it := e.client.Single().QueryWithOptions(ctx, spanner.NewStatement("SELECT K FROM Numbers WHERE K >= 2"), spanner.QueryOptions{Mode: &mode})
			if err := same(it, "2;3"); err != nil {
				return err
			}
			if scanned := it.QueryStats["rows_scanned"]; scanned != "2" {
				return wrongly("rows scanned: %v", scanned)
			}
			return nil
		}},
		{name: "several databases", official: documented, ddl: numbers, run: func(ctx context.Context, e *env) error {
			name, err := e.process.CreateDatabase(ctx, e.admin, "other", numbersDDL)
			if err != nil {
				return err
			}
			other, err := e.process.Connect(ctx, name)
			if err != nil {
				return err
			}
			defer other.Close()
			return first(e.addNumbers(ctx), same(other.Single().Read(ctx, "Numbers", spanner.AllKeys(), []string{"K"}), ""))
		}},
		{name: "data and schema survive kill -9", official: "no: all data is kept in memory", ddl: numbers, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			name := e.client.DatabaseName()
			process, err := e.binaries.Restart(e.process, e.dir)
			if err != nil {
				return err
			}
			e.process = process
			client, err := process.Connect(ctx, name)
			if err != nil {
				return err
			}
			defer client.Close()
			return same(client.Single().Read(ctx, "Numbers", spanner.AllKeys(), []string{"K", "N", "S"}), "1,10,a;2,20,b;3,NULL,NULL")
		}},
		{name: "change streams", official: unsaid, ddl: append(numbers, "CREATE CHANGE STREAM Everything FOR ALL"), run: func(ctx context.Context, e *env) error {
			return e.query(ctx, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.CHANGE_STREAMS", nil, "1")
		}},
		{name: "PostgreSQL dialect", official: documented, run: func(ctx context.Context, e *env) error {
			op, err := e.admin.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
				Parent: servers.Instance, CreateStatement: `CREATE DATABASE "postgres"`, DatabaseDialect: databasepb.DatabaseDialect_POSTGRESQL,
			})
			if err != nil {
				return err
			}
			db, err := op.Wait(ctx)
			if err == nil && db.DatabaseDialect != databasepb.DatabaseDialect_POSTGRESQL {
				return wrongly("dialect %s", db.DatabaseDialect)
			}
			return err
		}},
		{name: "IAM policies", official: "no", run: func(ctx context.Context, e *env) error {
			_, err := e.admin.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: e.client.DatabaseName()})
			return err
		}},
		{name: "backups", official: "no", run: func(ctx context.Context, e *env) error {
			it := e.admin.ListBackups(ctx, &databasepb.ListBackupsRequest{Parent: servers.Instance})
			_, err := it.Next()
			return err
		}},
	}
}
