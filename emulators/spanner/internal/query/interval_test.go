package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestIntervals(t *testing.T) {
	d := filled(t)
	for sql, want := range map[string]string{
		"INTERVAL 1 DAY":                                                                    "P1D",
		"INTERVAL '1' DAY + INTERVAL '1' MONTH":                                             "P1M1D",
		"INTERVAL -14 MONTH":                                                                "P-1Y-2M",
		"INTERVAL 0 SECOND":                                                                 "P0Y",
		"INTERVAL 3 QUARTER":                                                                "P9M",
		"INTERVAL 2 WEEK":                                                                   "P14D",
		"INTERVAL 1500 MILLISECOND":                                                         "PT1.5S",
		"INTERVAL -90061 SECOND":                                                            "PT-25H-1M-1S",
		"INTERVAL '1-2 3 4:5:6.7' YEAR TO SECOND":                                           "P1Y2M3DT4H5M6.7S",
		"INTERVAL '-1-2 -3 -4:5:6' YEAR TO SECOND":                                          "P-1Y-2M-3DT-4H-5M-6S",
		"INTERVAL '10 -12:30' DAY TO MINUTE":                                                "P10DT-12H-30M",
		"INTERVAL '0-13 370 48:61:61' YEAR TO SECOND":                                       "P1Y1M370DT49H2M1S",
		"INTERVAL '1.000000001' SECOND":                                                     "PT1.000000001S",
		"INTERVAL (1 + 1) DAY * 3":                                                          "P6D",
		"2 * INTERVAL 1 YEAR":                                                               "P2Y",
		"INTERVAL 1 MONTH / 4":                                                              "P7DT12H",
		"-INTERVAL 1 DAY":                                                                   "P-1D",
		"INTERVAL 30 DAY = INTERVAL 1 MONTH":                                                "true",
		"INTERVAL 1 DAY < INTERVAL 25 HOUR":                                                 "true",
		"INTERVAL 31 DAY BETWEEN INTERVAL 1 MONTH AND INTERVAL 2 MONTH":                     "true",
		"TIMESTAMP '2026-01-01 00:00:00+00' + INTERVAL 36 HOUR":                             "2026-01-02T12:00:00Z",
		"INTERVAL 1 NANOSECOND + TIMESTAMP '2026-01-01 00:00:00+00'":                        "2026-01-01T00:00:00.000000001Z",
		"TIMESTAMP '2026-01-01 00:00:00+00' - INTERVAL '1 0:0:0.5' DAY TO SECOND":           "2025-12-30T23:59:59.5Z",
		"TIMESTAMP '2026-01-02 00:00:00+00' - TIMESTAMP '2026-01-01 00:00:00.5+00'":         "PT23H59M59.5S",
		"DATE '2026-03-01' - DATE '2026-02-01'":                                             "P28D",
		"CAST('P1Y2M3DT4H5M6.789123S' AS INTERVAL)":                                         "P1Y2M3DT4H5M6.789123S",
		"CAST('P-1Y-2M-3DT-4H-5M-6.789123S' AS INTERVAL)":                                   "P-1Y-2M-3DT-4H-5M-6.789123S",
		"CAST('1-2 3 4:5:6.7' AS INTERVAL)":                                                 "P1Y2M3DT4H5M6.7S",
		"SAFE_CAST('P' AS INTERVAL)":                                                        "NULL",
		"SAFE_CAST('P10001Y' AS INTERVAL)":                                                  "NULL",
		"CAST(INTERVAL '-1-2 3 -4:5:6.7' YEAR TO SECOND AS STRING)":                         "-1-2 3 -4:5:6.700",
		"MAKE_INTERVAL(1, 6, 15)":                                                           "P1Y6M15D",
		"MAKE_INTERVAL(hour => 10, second => 20)":                                           "PT10H20S",
		"MAKE_INTERVAL(1, minute => 5, day => 2)":                                           "P1Y2DT5M",
		"MAKE_INTERVAL(1, day => NULL)":                                                     "NULL",
		"EXTRACT(MICROSECOND FROM INTERVAL '1-2 3 4:5:6.789999' YEAR TO SECOND)":            "789999",
		"EXTRACT(MONTH FROM INTERVAL '0-13' YEAR TO MONTH)":                                 "1",
		"EXTRACT(MINUTE FROM INTERVAL '10 -12:30' DAY TO MINUTE)":                           "-30",
		"JUSTIFY_HOURS(INTERVAL 29 HOUR)":                                                   "P1DT5H",
		"JUSTIFY_HOURS(INTERVAL '1 -1' DAY TO HOUR)":                                        "PT23H",
		"JUSTIFY_DAYS(INTERVAL -65 DAY)":                                                    "P-2M-5D",
		"JUSTIFY_INTERVAL(INTERVAL '29 49:00:00' DAY TO SECOND)":                            "P1M1DT1H",
		"(SELECT SUM(x) FROM UNNEST([INTERVAL 1 DAY, INTERVAL 3 HOUR, NULL]) x)":            "P1DT3H",
		"(SELECT AVG(x) FROM UNNEST([INTERVAL 1 DAY, INTERVAL 2 DAY]) x)":                   "P1DT12H",
		"(SELECT MAX(x) FROM UNNEST([INTERVAL 31 DAY, INTERVAL 1 MONTH]) x)":                "P31D",
		"(SELECT COUNT(DISTINCT x) FROM UNNEST([INTERVAL 30 DAY, INTERVAL 1 MONTH]) x)":     "1",
		"ARRAY(SELECT x FROM UNNEST([INTERVAL 2 DAY, NULL, INTERVAL -1 DAY]) x ORDER BY x)": "[NULL, P-1D, P2D]",
		"ARRAY_LENGTH(ARRAY<INTERVAL>[INTERVAL '1-2 3 4:5:6' YEAR TO SECOND])":              "1",
		"DATE_ADD(DATE '2026-01-31', INTERVAL -(1 + 1) MONTH)":                              "2025-11-30",
	} {
		out, err := d.run("SELECT "+sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"INTERVAL 120001 MONTH":                                 codes.InvalidArgument,
		"INTERVAL 'x' DAY":                                      codes.InvalidArgument,
		"INTERVAL 1.5 DAY":                                      codes.InvalidArgument,
		"INTERVAL '1' WEEK":                                     codes.InvalidArgument,
		"INTERVAL '1:2' SECOND TO HOUR":                         codes.InvalidArgument,
		"INTERVAL 1 DAY + 1":                                    codes.InvalidArgument,
		"DATE '2026-01-01' + INTERVAL 1 DAY":                    codes.InvalidArgument,
		"TIMESTAMP '2026-01-01 00:00:00+00' + INTERVAL 1 MONTH": codes.OutOfRange,
		"INTERVAL 1 DAY / 0":                                    codes.OutOfRange,
		"INTERVAL 100000 MONTH + INTERVAL 100000 MONTH":         codes.OutOfRange,
		"MAKE_INTERVAL(1, year => 2)":                           codes.InvalidArgument,
		"MAKE_INTERVAL(week => 2)":                              codes.InvalidArgument,
		"EXTRACT(WEEK FROM INTERVAL 1 DAY)":                     codes.InvalidArgument,
		"CAST(1 AS INTERVAL)":                                   codes.InvalidArgument,
	} {
		_, err := d.run("SELECT "+sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}
