package behaviour_test

import (
	"testing"
	"time"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
)

// TestDefaultTimeZone follows default_time_zone.cc in GoogleSQL.
func TestDefaultTimeZone(t *testing.T) {
	set := func(zone string) call {
		return alter("ALTER DATABASE d SET OPTIONS (default_time_zone = " + zone + ")")
	}
	then := time.UnixMicro(256268903673001)
	const half, held = "SELECT TIMESTAMP('2008-12-25 15:30:00')", codes.FailedPrecondition
	of := func(sql, pacific, utc string, args ...any) behaviour {
		return behaviour{sql, []step{set("'UTC'"), ask("SELECT "+sql, args...).gives(utc), set("NULL"), ask("SELECT "+sql, args...).gives(pacific)}}
	}
	var zones []step
	for zone, want := range map[string]string{
		"UTC": "15:30", "Australia/Sydney": "04:30", "America/Los_Angeles": "23:30", "America/Denver": "22:30", "America/Chicago": "21:30", "America/New_York": "20:30",
		"Europe/London": "15:30", "Europe/Berlin": "14:30", "Europe/Bucharest": "13:30", "Asia/Kolkata": "10:00", "Asia/Tokyo": "06:30", "Asia/Shanghai": "07:30",
	} {
		zones = append(zones, set("'"+zone+"'"), ask(half).gives("2008-12-25T"+want+":00Z"))
	}
	generated := alter("CREATE TABLE T (K INT64, V TIMESTAMP AS ('2008-12-25 15:30:00') STORED, D TIMESTAMP DEFAULT ('2008-12-25 15:30:00')) PRIMARY KEY (K)")
	checked := alter("CREATE TABLE T (K INT64, V TIMESTAMP, CONSTRAINT C CHECK (V = '2008-12-25 15:30:00')) PRIMARY KEY (K)")
	view := alter("CREATE VIEW V SQL SECURITY INVOKER AS SELECT TIMESTAMP('2008-12-25 15:30:00') AS t")
	one, put := change("INSERT INTO T (K) VALUES (1)"), func(ts string) call { return change("INSERT INTO T (K, V) VALUES (1, '" + ts + "')") }
	show(t, nil,
		behaviour{"many", zones},
		of("EXTRACT(HOUR FROM TIMESTAMP('2008-12-25 15:30:00+00'))", "7", "15"),
		of("FORMAT_TIMESTAMP('%c', TIMESTAMP '2008-12-25 15:30:00+00')", "Thu Dec 25 07:30:00 2008", "Thu Dec 25 15:30:00 2008"),
		of("PARSE_TIMESTAMP('%c', 'Thu Dec 25 07:30:00 2008')", "2008-12-25T15:30:00Z", "2008-12-25T07:30:00Z"),
		of("STRING(TIMESTAMP '2008-12-25 15:30:00+00')", "2008-12-25 07:30:00-08", "2008-12-25 15:30:00+00"),
		of("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY)", "2008-12-25T08:00:00Z", "2008-12-25T00:00:00Z"),
		of("TIMESTAMP_ADD('2014-12-01', INTERVAL 100 SECOND)", "2014-12-01T08:01:40Z", "2014-12-01T00:01:40Z"),
		of("DATE(TIMESTAMP '2024-11-27 15:30:00+11')", "2024-11-26", "2024-11-27"),
		of("CAST('2008-12-25 15:30:00' AS TIMESTAMP), CAST(DATE '2008-12-25' AS TIMESTAMP)", "2008-12-25T23:30:00Z 2008-12-25T08:00:00Z", "2008-12-25T15:30:00Z 2008-12-25T00:00:00Z"),
		of("CAST(TIMESTAMP '2024-11-27 15:30:00+11' AS DATE), CAST(TIMESTAMP '2024-11-27 15:30:00+11' AS STRING)", "2024-11-26 2024-11-26 20:30:00-08", "2024-11-27 2024-11-27 04:30:00+00"),
		of("EXTRACT(DATE FROM TIMESTAMP('1678-06-01 06:18:52.530455+00'))", "1678-05-31", "1678-06-01"),
		of("STRING(@p1), EXTRACT(DATE FROM @p1)", "1978-02-13 17:48:23.673001-08 1978-02-13", "1978-02-14 01:48:23.673001+00 1978-02-14", then),
		behaviour{"names that are none", []step{set("'invalid_name'").fails(held, "Invalid time zone name"), set("''").fails(held), set("'Local'").fails(held)}},
		behaviour{"not with tables", []step{
			alter("CREATE TABLE T (K INT64) PRIMARY KEY (K)", "ALTER DATABASE d SET OPTIONS (default_time_zone = 'UTC')").fails(held, "cannot be changed on a database with user defined tables"),
			alter("DROP TABLE T"), set("'UTC'"), alter("CREATE TABLE T (K INT64) PRIMARY KEY (K)"), set("'Australia/Sydney'").fails(held), ask(half).gives("2008-12-25T15:30:00Z")}},
		behaviour{"generated columns and defaults", []step{generated, one, ask("SELECT V, D FROM T").gives("2008-12-25T23:30:00Z 2008-12-25T23:30:00Z")}},
		behaviour{"generated columns and defaults in UTC", []step{set("'UTC'"), generated, one, ask("SELECT V, D FROM T").gives("2008-12-25T15:30:00Z 2008-12-25T15:30:00Z")}},
		behaviour{"checks", []step{checked, put("2008-12-25 15:30:00Z").fails(codes.OutOfRange, "Check constraint `T`.`C` is violated"), put("2008-12-25 23:30:00Z")}},
		behaviour{"checks in UTC", []step{set("'UTC'"), checked, put("2008-12-25 23:30:00Z").fails(codes.OutOfRange, "Check constraint `T`.`C` is violated"), put("2008-12-25 15:30:00")}},
		behaviour{"views", []step{view, ask("SELECT * FROM V").gives("2008-12-25T23:30:00Z")}},
		behaviour{"views in UTC", []step{set("'UTC'"), view, ask("SELECT * FROM V").gives("2008-12-25T15:30:00Z")}},
		behaviour{"parameters have a zone of their own", []step{
			set("'UTC'"), alter("CREATE TABLE T (K INT64, V TIMESTAMP) PRIMARY KEY (K)"), change("INSERT INTO T (K, V) VALUES (1, @p1)", then), ask("SELECT V FROM T").gives("1978-02-14T01:48:23.673001Z")}},
		behaviour{"is told", []step{set("'Asia/Tokyo'"), ask("SELECT option_value FROM information_schema.database_options WHERE option_name = 'default_time_zone'").gives("Asia/Tokyo"),
			custom("DDL", func(r *run) error {
				ddl, err := r.admin.GetDatabaseDdl(r.context(), &databasepb.GetDatabaseDdlRequest{Database: r.database})
				assert.Len(r.t, ddl.GetStatements(), 1)
				assert.Contains(r.t, ddl.GetStatements()[0], "default_time_zone = 'Asia/Tokyo'")
				return err
			})}},
	)
}
