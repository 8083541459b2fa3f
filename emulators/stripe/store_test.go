package stripe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStoreKeepsEventsThatAreNotDelivered(t *testing.T) {
	s, err := openStore("", time.Now)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.journal.Close()) }()
	const beyond = 10
	var waiting, first string
	require.NoError(t, s.update(func(tx *transaction) error {
		for i := range maxEvents + beyond {
			e := &event{Type: "customer.created"}
			tx.create(e, kindEvent, "evt", nil)
			switch i {
			case 0:
				first = e.ID
			case 1:
				waiting = e.ID
				tx.create(&delivery{Event: e.ID}, kindDelivery, "whd", nil)
			}
		}
		return nil
	}))
	require.NoError(t, s.update(func(tx *transaction) error {
		tx.create(&event{}, kindEvent, "evt", nil)
		return nil
	}))
	assert.NotContains(t, s.objects, first)
	assert.Contains(t, s.objects, waiting)

	require.NoError(t, s.update(func(tx *transaction) error {
		for id := range s.waiting {
			tx.remove(id)
		}
		return nil
	}))
	require.NoError(t, s.update(func(*transaction) error { return nil }))
	assert.NotContains(t, s.objects, waiting)
	assert.Len(t, s.ids[kindEvent], maxEvents)
	assert.Empty(t, s.undelivered)
}

func TestUpdateThatFailsChangesNothing(t *testing.T) {
	s, err := openStore("", time.Now)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.journal.Close()) }()
	cus := &customer{}
	require.NoError(t, s.update(func(tx *transaction) error {
		tx.create(cus, kindCustomer, "cus", nil)
		return nil
	}))
	require.ErrorIs(t, s.update(func(tx *transaction) error {
		c, ok := get[customer](tx, cus.ID)
		require.True(t, ok)
		c.Deleted = true
		tx.put(c)
		again, _ := get[customer](tx, cus.ID)
		assert.True(t, again.Deleted, "reads its own writes")
		return assert.AnError
	}), assert.AnError)
	s.view(func(tx *transaction) {
		c, ok := get[customer](tx, cus.ID)
		assert.True(t, ok)
		assert.False(t, c.Deleted)
		_, ok = get[charge](tx, cus.ID)
		assert.False(t, ok, "of another kind")
	})
}
