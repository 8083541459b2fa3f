package money_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/money"
)

func TestParseAndDecimal(t *testing.T) {
	for _, c := range []struct {
		in    string
		cur   money.Currency
		minor int64
		out   string
	}{
		{"980", money.JPY, 980, "980"},
		{"149", money.PHP, 14900, "149.00"},
		{"149.5", money.PHP, 14950, "149.50"},
		{"49000.00", money.IDR, 4900000, "49000.00"},
		{"0.05", money.MXN, 5, "0.05"},
		{"0", money.MXN, 0, "0.00"},
		{"0", money.JPY, 0, "0"},
	} {
		got, err := money.Parse(c.in, c.cur)
		require.NoError(t, err, c.in)
		assert.Equal(t, money.Of(c.minor, c.cur), got)
		assert.Equal(t, c.out, got.Decimal())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1.234", "1,000", "٣", "99999999999999999999"} {
		_, err := money.Parse(in, money.PHP)
		assert.Error(t, err, "%q", in)
	}
	_, err := money.Parse("1.0", money.JPY)
	assert.ErrorContains(t, err, "decimals")
	_, err = money.Parse("1", "USD")
	assert.ErrorContains(t, err, "USD")
}

func TestNegativeAmountsPrint(t *testing.T) {
	assert.Equal(t, "-0.05 MXN", money.Of(-5, money.MXN).String())
	assert.Equal(t, "-980", money.Of(-980, money.JPY).Decimal())
}

func TestAdd(t *testing.T) {
	sum, err := money.Of(100, money.JPY).Add(money.Of(100, money.JPY).Negate())
	require.NoError(t, err)
	assert.True(t, sum.IsZero())
	_, err = money.Of(1, money.JPY).Add(money.Of(1, money.PHP))
	assert.ErrorContains(t, err, "currencies")
	_, err = money.Of(math.MaxInt64, money.JPY).Add(money.Of(1, money.JPY))
	assert.ErrorContains(t, err, "overflow")
}

func FuzzParse(f *testing.F) {
	f.Add("149.00", "PHP")
	f.Add("980", "JPY")
	f.Fuzz(func(t *testing.T, in, cur string) {
		a, err := money.Parse(in, money.Currency(cur))
		if err != nil {
			return
		}
		again, err := money.Parse(a.Decimal(), a.Currency)
		require.NoError(t, err)
		assert.Equal(t, a, again)
	})
}
