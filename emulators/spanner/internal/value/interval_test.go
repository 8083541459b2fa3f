package value

import (
	"math/big"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIntervalsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "P", "PT", "P1YT", "PTS", "PT-S", "PT.S", "1D", "P1H", "P1.5D", "P1Y 2D", "p1d", "P99999999999Y", "P10001Y",
		"PT87840001H", "1-2", "1-2 3", "1-2 3 4:5", "1-2 3 4:5:6.1234567890", "--1-2 3 4:5:6",
	} {
		_, err := ParseInterval(text)
		assert.Error(t, err, text)
	}
}

func TestIntervalOrderIsThatOfItsKey(t *testing.T) {
	texts := []string{"P-10000Y", "P-1M", "P-29D", "PT-0.000000001S", "P0Y", "PT0.000000001S", "PT23H59M59S", "P1D", "P29DT24H", "P31D", "P10000Y"}
	for i, a := range texts {
		for j, b := range texts {
			x, err := ParseInterval(a)
			require.NoError(t, err, a)
			y, err := ParseInterval(b)
			require.NoError(t, err, b)
			assert.Equal(t, i < j, Compare(x, y) < 0, "%s %s", a, b)
			assert.Equal(t, i < j, string(AppendKey(nil, x, false)) < string(AppendKey(nil, y, false)), "%s %s", a, b)
		}
	}
}

// FuzzInterval: what is read is written such that it, and the client, read the same again.
func FuzzInterval(f *testing.F) {
	for _, s := range []string{"P1Y2M3W4DT5H6M7.890S", "P-1Y1MT-.5S", "PT1,5S", "-0-13 -4 -5:6:7.000000008", "P0Y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseInterval(s)
		if err != nil {
			return
		}
		for _, text := range []string{v.Text(), v.AsInterval().SQLText()} {
			again, err := ParseInterval(text)
			require.NoError(t, err, text)
			assert.Equal(t, v.Text(), again.Text(), text)
		}
		read, err := spanner.ParseInterval(v.Text())
		require.NoError(t, err, v.Text())
		want := v.AsInterval()
		assert.Equal(t, []int64{want.Months, want.Days}, []int64{int64(read.Months), int64(read.Days)}, v.Text())
		assert.Zero(t, new(big.Int).Set(want.Nanos).Cmp(read.Nanos), v.Text())
	})
}
