package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestHintsAreKnown(t *testing.T) {
	d := filled(t)
	for sql, message := range map[string]string{
		"@{USE_ADDITIONAL_PARALLELISM=TRUE, lock_scanned_ranges=exclusive} SELECT 1": "",
		"@{other.ANYTHING=1} SELECT 1":                                                    "",
		"@{NOTHING=1} SELECT 1":                                                           "Unsupported hint: NOTHING.",
		"@{FORCE_JOIN_ORDER=TRUE, force_join_order=FALSE} SELECT 1":                       "Multiple values for hint: FORCE_JOIN_ORDER.",
		"SELECT 1 FROM UNNEST([1]) a JOIN@{JOIN_METHOD=HASH_JOIN} UNNEST([1]) b ON a = b": "",
		"SELECT 1 FROM UNNEST([1]) a JOIN@{NOTHING=1} UNNEST([1]) b ON a = b":             "Unsupported hint: NOTHING.",
		"SELECT COUNT(*) FROM UNNEST([1]) a GROUP@{GROUP_METHOD=HASH_GROUP} BY a":         "",
		"SELECT COUNT(*) FROM UNNEST([1]) a GROUP@{NOTHING=1} BY a":                       "Unsupported hint: NOTHING.",
		"SELECT a FROM UNNEST([1]) a FOR UPDATE":                                          "",
		"SELECT 1 FOR UPDATE":                                                             "FOR UPDATE is not allowed without a FROM clause",
		"@{lock_scanned_ranges=exclusive} SELECT a FROM UNNEST([1]) a FOR UPDATE":         "FOR UPDATE cannot be combined",
	} {
		_, err := d.run(sql, nil, Options{})
		if message == "" {
			assert.NoError(t, err, sql)
			continue
		}
		assert.Equal(t, codes.InvalidArgument, status.Code(err), sql)
		assert.ErrorContains(t, err, message, sql)
	}
}
