package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestTableSample follows tablesample.cc.
func TestTableSample(t *testing.T) {
	ddl := []string{"CREATE TABLE T (K INT64 NOT NULL) PRIMARY KEY (K)", "CREATE VIEW V SQL SECURITY INVOKER AS SELECT T.K FROM T TABLESAMPLE RESERVOIR (3 ROWS)"}
	fill := change("INSERT INTO T (K) SELECT k FROM UNNEST(GENERATE_ARRAY(0, 9)) k")
	const wrong = codes.InvalidArgument
	show(t, ddl,
		behaviour{"each row by chance", []step{fill,
			ask("SELECT COUNT(*) > 0 FROM T TABLESAMPLE BERNOULLI (99.99 PERCENT)").gives("true"), ask("SELECT COUNT(*) FROM T TABLESAMPLE BERNOULLI (100 PERCENT)").gives("10"),
			ask("SELECT K FROM T TABLESAMPLE BERNOULLI (0 PERCENT)").gives(), ask("SELECT COUNT(*) FROM T TABLESAMPLE BERNOULLI (@p1 PERCENT)", 100.0).gives("10")}},
		behaviour{"so many rows", []step{fill,
			ask("SELECT COUNT(*) FROM T TABLESAMPLE RESERVOIR (1 ROWS)").gives("1"), ask("SELECT COUNT(DISTINCT K) FROM T TABLESAMPLE RESERVOIR (7 ROWS)").gives("7"),
			ask("SELECT COUNT(*) FROM T TABLESAMPLE RESERVOIR (@p1 ROWS)", 100).gives("10"), ask("SELECT K FROM T TABLESAMPLE RESERVOIR (0 ROWS)").gives()}},
		behaviour{"before conditions, of anything but arrays", []step{fill,
			ask("SELECT K FROM T TABLESAMPLE RESERVOIR (10 ROWS) WHERE K = 3").gives("3"), ask("SELECT COUNT(*) FROM (SELECT K FROM T WHERE K < 5) TABLESAMPLE RESERVOIR (10 ROWS)").gives("5"),
			ask("SELECT COUNT(*) FROM (T a JOIN T b ON a.K = b.K) TABLESAMPLE RESERVOIR (4 ROWS)").gives("4"), ask("SELECT COUNT(*) FROM V").gives("3"),
			ask("SELECT COUNT(*) FROM T LEFT JOIN (SELECT K FROM T TABLESAMPLE RESERVOIR (4 ROWS)) s ON s.K = T.K WHERE s.K IS NULL").gives("6"),
			ask("WITH s AS (SELECT K FROM T TABLESAMPLE RESERVOIR (4 ROWS)) SELECT COUNT(*) FROM s a JOIN s b ON a.K = b.K").gives("4"),
			ask("SELECT k FROM UNNEST([1, 2]) k TABLESAMPLE RESERVOIR (1 ROWS)").fails(wrong)}},
		behaviour{"evenly", []step{
			ask("SELECT COUNT(*) BETWEEN 4000 AND 6000 FROM (SELECT n FROM UNNEST(GENERATE_ARRAY(1, 10000)) n) TABLESAMPLE BERNOULLI (50 PERCENT)").gives("true"),
			ask("SELECT AVG(n) BETWEEN 4000 AND 6000 FROM (SELECT n FROM UNNEST(GENERATE_ARRAY(1, 10000)) n) TABLESAMPLE RESERVOIR (2000 ROWS)").gives("true")}},
		behaviour{"REPEATABLE", []step{
			ask("SELECT * FROM T TABLESAMPLE BERNOULLI (50 PERCENT) REPEATABLE (5)").fails(wrong), ask("SELECT * FROM T TABLESAMPLE RESERVOIR (10 ROWS) REPEATABLE (6)").fails(wrong),
			ask("SELECT * FROM T TABLESAMPLE SYSTEM (20 PERCENT) REPEATABLE (7)").fails(wrong), ask("SELECT * FROM T TABLESAMPLE SYSTEM (10 ROWS) REPEATABLE (8)").fails(wrong)}},
		behaviour{"SYSTEM", []step{ask("SELECT * FROM T TABLESAMPLE SYSTEM (50 PERCENT)").fails(wrong), ask("SELECT * FROM T TABLESAMPLE SYSTEM (50 ROWS)").fails(wrong)}},
		behaviour{"sizes that are none", []step{
			ask("SELECT * FROM T TABLESAMPLE BERNOULLI (101 PERCENT)").fails(wrong, "[0, 100]"), ask("SELECT * FROM T TABLESAMPLE BERNOULLI (@p1 PERCENT)", -1.0).fails(codes.OutOfRange),
			ask("SELECT * FROM T TABLESAMPLE RESERVOIR (1.5 ROWS)").fails(wrong), ask("SELECT * FROM T TABLESAMPLE BERNOULLI (5 ROWS)").fails(wrong)}},
	)
}
