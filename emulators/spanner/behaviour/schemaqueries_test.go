package behaviour_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
)

// TestViews is of views.cc.
func TestViews(t *testing.T) {
	ddl := []string{
		"CREATE TABLE t (k INT64, v INT64) PRIMARY KEY (k)",
		"CREATE VIEW words SQL SECURITY INVOKER AS SELECT 'hi' AS word",
		"CREATE VIEW again SQL SECURITY INVOKER AS SELECT words.word FROM words",
		"CREATE VIEW mixed SQL SECURITY INVOKER AS SELECT true AS a, 33 AS b",
		"CREATE VIEW sums SQL SECURITY INVOKER AS SELECT t.k + t.v AS total FROM t",
		"CREATE VIEW renamed SQL SECURITY INVOKER AS SELECT inner1 + 1 AS outer1 FROM (SELECT t.k + 1 AS inner1 FROM t)",
	}
	definition := ask("SELECT table_name, view_definition FROM information_schema.views WHERE table_name = 'v'")
	show(t, ddl,
		behaviour{"rows", []step{
			change("INSERT INTO t (k, v) VALUES (1, 2), (3, 4)"),
			ask("SELECT * FROM mixed").gives("true 33"), ask("SELECT * FROM again").gives("hi"),
			ask("SELECT total FROM sums ORDER BY total").gives("3", "7"),
			ask("SELECT outer1 FROM renamed ORDER BY outer1").gives("3", "5"),
			ask("SELECT column_name FROM information_schema.columns WHERE table_name = 'renamed'").gives("outer1"),
		}},
		behaviour{"the definition follows the view", []step{
			alter("CREATE VIEW v SQL SECURITY INVOKER AS SELECT true AS t"), definition.gives("v SELECT TRUE AS t"),
			alter("CREATE OR REPLACE VIEW v SQL SECURITY INVOKER AS SELECT t.k FROM t"), definition.gives("v SELECT t.k FROM t"),
			alter("DROP VIEW v"), definition.gives(),
		}},
		behaviour{"what a view uses stays", []step{
			alter("DROP VIEW words").fails(codes.FailedPrecondition, "dependent views: again"),
			alter("DROP TABLE t").fails(codes.FailedPrecondition, "dependent views"),
			alter("ALTER TABLE t DROP COLUMN v").fails(codes.FailedPrecondition, "view `sums` depends on it"),
			alter("CREATE OR REPLACE VIEW words SQL SECURITY INVOKER AS SELECT 1 AS word").fails(codes.FailedPrecondition, "column word of view `again` depends on it"),
			alter("CREATE OR REPLACE VIEW words SQL SECURITY INVOKER AS SELECT again.word FROM again").fails(codes.InvalidArgument, "defined by itself"),
		}},
		behaviour{"what cannot be a view", []step{
			alter("CREATE VIEW x SQL SECURITY INVOKER AS SELECT 1").fails(codes.InvalidArgument, "must be named"),
			alter("CREATE VIEW x SQL SECURITY INVOKER AS SELECT m.a FROM missing AS m").fails(codes.InvalidArgument, "missing"),
			alter("DROP VIEW x").fails(codes.NotFound, "View not found: x"),
		}},
	)
}

// TestQueryHints is of query_hints.cc.
func TestQueryHints(t *testing.T) {
	ddl := []string{
		"CREATE TABLE Users (Id INT64 NOT NULL, Name STRING(MAX), Age INT64) PRIMARY KEY (Id)",
		"CREATE INDEX ByName ON Users(Name)", "CREATE NULL_FILTERED INDEX ByAge ON Users(Age)",
		"CREATE TABLE Others (Id INT64) PRIMARY KEY (Id)",
	}
	for _, sql := range []string{
		"SELECT Id FROM Users@{force_index=ByName}", "@{force_index=_BASE_TABLE} SELECT Id FROM Users",
		"SELECT Id FROM Users@{index_strategy=force_index_union}", "@{join_method=merge_join} SELECT Id FROM Users",
		"@{join_method=push_broadcast_hash_join} SELECT Id FROM Users", "@{join_type=loop_join} SELECT Id FROM Users",
		"@{scan_method=batch} SELECT Id FROM Users", "@{scan_method=row} SELECT Id FROM Users",
		"SELECT a.Id FROM Users a HASH JOIN@{hash_join_build_side=build_right} Users b ON false",
		"SELECT 1 FROM Users GROUP @{group_method=hash_group} BY Name", "SELECT 1 FROM Users GROUP @{otherengine.something=1} BY Name",
		"SELECT Id FROM Users@{force_index=ByAge} WHERE Age IS NOT NULL",
		"SELECT Id FROM Users@{force_index=ByAge, spanner_emulator.disable_query_null_filtered_index_check=true} WHERE Age IS NOT NULL",
	} {
		show(t, ddl, behaviour{sql, []step{ask(sql).gives()}})
	}
	for _, sql := range []string{
		"SELECT Id FROM Others@{force_index=ByName}",
		"SELECT Id FROM Users@{force_index=ByAge}",
	} {
		show(t, ddl, behaviour{sql, []step{ask(sql).fails(codes.InvalidArgument)}})
	}
}

// TestSequences is of sequence_read_write.cc.
func TestSequences(t *testing.T) {
	ddl := []string{
		"CREATE SEQUENCE s OPTIONS (sequence_kind = 'bit_reversed_positive')",
		"CREATE TABLE u (id INT64 NOT NULL DEFAULT (GET_NEXT_SEQUENCE_VALUE(SEQUENCE s)), name STRING(MAX), br INT64 AS (BIT_REVERSE(id, true)) STORED) PRIMARY KEY (id)",
	}
	insert := change("INSERT INTO u (name) VALUES ('a'), ('b'), ('c')")
	set := func(options string) call { return alter("ALTER SEQUENCE s SET OPTIONS (" + options + ")") }
	show(t, ddl,
		behaviour{"values and state", []step{
			ask("SELECT GET_INTERNAL_SEQUENCE_STATE(SEQUENCE s)").gives("NULL"), insert.counts(3),
			ask("SELECT COUNT(DISTINCT id), COUNTIF(id > 0) FROM u").gives("3 3"),
			ask("SELECT GET_INTERNAL_SEQUENCE_STATE(SEQUENCE s) >= 3").gives("true"),
		}},
		behaviour{"another start", []step{
			set("start_with_counter = 50001"), insert, ask("SELECT COUNTIF(br > 50000) FROM u").gives("3"),
		}},
		behaviour{"half the range skipped", []step{
			set("skip_range_min = 0, skip_range_max = 4611686018427387904"), insert,
			ask("SELECT COUNTIF(id > 4611686018427387904) FROM u").gives("3"),
		}},
		behaviour{"all of the range skipped", []step{
			set("skip_range_min = 0, skip_range_max = 9223372036854775807"),
			insert.fails(codes.FailedPrecondition, "s is exhausted"),
		}},
	)
}

// TestOperations is of operations.cc.
func TestOperations(t *testing.T) {
	update := func(id, column string) call {
		return custom("operation "+id, func(r *run) error {
			_, err := r.admin.UpdateDatabaseDdl(r.context(), &databasepb.UpdateDatabaseDdlRequest{
				Database: r.database, OperationId: id, Statements: []string{"ALTER TABLE T ADD COLUMN " + column + " INT64"}})
			return err
		})
	}
	get := func(id string) call {
		return custom("get "+id, func(r *run) error {
			_, err := longrunningpb.NewOperationsClient(shared.connected).GetOperation(r.context(),
				&longrunningpb.GetOperationRequest{Name: r.database + "/operations/" + id})
			return err
		})
	}
	show(t, []string{"CREATE TABLE T (K INT64) PRIMARY KEY (K)"}, behaviour{"ids", []step{
		update("a_abc123", "A"), get("a_abc123"), get("nothing").fails(codes.NotFound),
		update("a_A", "B").fails(codes.InvalidArgument), update("a-123", "B").fails(codes.InvalidArgument),
		update("a", "B").fails(codes.InvalidArgument), update(strings.Repeat("a", 150), "B").fails(codes.InvalidArgument),
	}})
}
