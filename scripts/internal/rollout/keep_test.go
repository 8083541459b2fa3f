package rollout

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shaky is records of which each second write fails, before it was made or after.
type shaky struct {
	Records
	after  bool
	writes int
}

func (s *shaky) Write(ctx context.Context, r Record) (Record, error) {
	s.writes++
	if s.writes%2 == 0 {
		return s.Records.Write(ctx, r)
	}
	if s.after {
		if _, err := s.Records.Write(ctx, r); err != nil {
			return r, err
		}
	}
	return r, errors.New("the connection broke")
}

func TestWritesOfTheRecordAreTriedAgain(t *testing.T) {
	for name, after := range map[string]bool{"not made": false, "made, and the answer lost": true} {
		t.Run(name, func(t *testing.T) {
			w := two(t)
			r := w.run(t, "a", user, pay)
			r.Records = &shaky{Records: w.bucket, after: after}
			require.NoError(t, r.Forward(t.Context(), first))
			assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
			assert.Equal(t, Done, w.record(t).State)
			assert.Empty(t, w.record(t).Holder)

			require.NoError(t, r.Back(t.Context(), "by hand"))
			assert.Equal(t, percents{"pay-1": 100}, w.shares(pay))
			assert.Equal(t, Back, w.record(t).State)
		})
	}
}

// refusing is services that cannot be changed a few times.
type refusing struct {
	Services
	left int
}

func (s *refusing) Shift(ctx context.Context, p Place, shares func(Standing) map[string]int, guard func() error) error {
	if p == pay && s.left > 0 {
		s.left--
		return errors.New("unavailable")
	}
	return s.Services.Shift(ctx, p, shares, guard)
}

func TestServicesThatDoNotGoBackAreTriedAgain(t *testing.T) {
	w := two(t)
	require.NoError(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
	r := w.run(t, "b", user, pay)
	r.Services = &refusing{r.Services, 2}
	require.NoError(t, r.Back(t.Context(), "by hand"))
	assert.Equal(t, percents{"get-user-1": 100}, w.shares(user))
	assert.Equal(t, percents{"pay-1": 100}, w.shares(pay))

	w = two(t)
	require.NoError(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
	r = w.run(t, "b", user, pay)
	r.Services = &refusing{r.Services, 100}
	require.ErrorContains(t, r.Back(t.Context(), "by hand"), "unavailable", "in the end it is said")
	assert.Equal(t, percents{"get-user-1": 100}, w.shares(user))
	assert.Empty(t, w.record(t).Holder)
}
