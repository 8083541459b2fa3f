package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestWhatIsNotBuilt names what Spanner has and this does not: each is refused as
// such, and never half done. README.md lists the same.
func TestWhatIsNotBuilt(t *testing.T) {
	ddl := []string{"CREATE TABLE T (K INT64, S STRING(MAX), B BYTES(MAX), G INT64 AS (K + 1) STORED, E ARRAY<FLOAT32>) PRIMARY KEY (K)"}
	for _, sql := range []string{
		"CREATE CHANGE STREAM C FOR ALL", "CREATE TABLE U (K INT64, Ts TIMESTAMP DEFAULT (CURRENT_TIMESTAMP()) ON UPDATE (CURRENT_TIMESTAMP())) PRIMARY KEY (K)", "CREATE SCHEMA N", "CREATE PROPERTY GRAPH P NODE TABLES (T)", "CREATE SEARCH INDEX X ON T(S)",
		"CREATE VECTOR INDEX X ON T(E) WHERE E IS NOT NULL OPTIONS (distance_type = 'COSINE')",
		"CREATE MODEL M INPUT (A INT64) OUTPUT (B INT64) REMOTE OPTIONS (endpoint = 'e')", "CREATE FUNCTION F() RETURNS INT64 SQL SECURITY INVOKER AS (42)",
		"ALTER TABLE T ALTER COLUMN S BYTES(MAX)", "ALTER TABLE T ALTER COLUMN B STRING(MAX)", "ALTER TABLE T ALTER COLUMN G INT64 AS (K + 2) STORED",
		"ALTER TABLE T ADD SYNONYM Other", "RENAME TABLE T TO Other", "CREATE LOCALITY GROUP L OPTIONS (storage = 'ssd')", "CREATE PLACEMENT P OPTIONS (instance_partition = 'p')",
		"ALTER DATABASE d SET OPTIONS (optimizer_version = 1)", "CREATE TABLE V (K INT64, E ARRAY<FLOAT32>(vector_length=>2)) PRIMARY KEY (K)", "ALTER STATISTICS s SET OPTIONS (allow_gc = true)",
	} {
		show(t, ddl, behaviour{sql, []step{alter(sql).fails(codes.Unimplemented)}})
	}
	for _, sql := range []string{
		"SELECT FORMAT('%d', K) FROM T", "SELECT S FROM T ORDER BY S COLLATE 'und:ci'", "SELECT SEARCH(S, 'a') FROM T", "SELECT * FROM ML.PREDICT(MODEL m, TABLE T)", "CALL cancel_query('1')",
		"SELECT * FROM spanner_sys.lock_stats_top_minute", "SELECT * FROM information_schema.property_graphs", "SELECT @`a b`",
	} {
		show(t, ddl, behaviour{sql, []step{ask(sql).fails(codes.Unimplemented)}})
	}
	show(t, ddl, behaviour{"ON CONFLICT", []step{do("INSERT INTO T (K) VALUES (1) ON CONFLICT DO NOTHING").fails(codes.Unimplemented)}})
	show(t, ddl, behaviour{"ASSERT_ROWS_MODIFIED", []step{do("INSERT INTO T (K) VALUES (1) ASSERT_ROWS_MODIFIED 1").fails(codes.Unimplemented)}})
	show(t, ddl, behaviour{"GRAPH", []step{ask("GRAPH P MATCH (n) RETURN n.K").fails(codes.Unimplemented)}})
}
