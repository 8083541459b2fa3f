package query

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestLimitsOfAStatement(t *testing.T) {
	d := newDatabase(t, testSchema)
	parameters := func(n int) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, ", @p%d", i)
		}
		return "SELECT 1 FROM UNNEST([0" + out.String() + "])"
	}
	for what, make := range map[string]func(int) string{
		"20":  func(n int) string { return "SELECT 1 FROM Users a0" + strings.Repeat(" JOIN Users USING (Id)", n) },
		"25":  func(n int) string { return "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n) },
		"200": func(n int) string { return strings.Repeat("SELECT 1 UNION ALL ", n-1) + "SELECT 1" },
		"950": parameters,
	} {
		var most int
		_, _ = fmt.Sscan(what, &most)
		_, err := Prepare(d.cat, make(most+1), nil)
		assert.Equal(t, codes.InvalidArgument, status.Code(err), what)
		assert.ErrorContains(t, err, "exceeds the maximum allowed limit of "+what+".")
		if what != "20" { // joined to itself the names are ambiguous
			_, err = Prepare(d.cat, make(most), nil)
			assert.NoError(t, err, what)
		}
	}
}
