package stripe_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func TestListsPage(t *testing.T) {
	b := start(t, stripe.Options{})
	var made []string
	for range 25 {
		made = append(made, b.customer(t))
	}
	params := &stripego.CustomerListParams{}
	params.Limit = stripego.Int64(10)
	var found []string
	for c, err := range b.client.V1Customers.List(t.Context(), params).All(t.Context()) {
		require.NoError(t, err)
		found = append(found, c.ID)
	}
	require.Len(t, found, 25)
	for i, id := range found {
		assert.Equal(t, made[len(made)-1-i], id, "newest first, none twice")
	}

	back := &stripego.CustomerListParams{}
	back.EndingBefore, back.Limit, back.Single = &made[0], stripego.Int64(3), true
	page := b.client.V1Customers.List(t.Context(), back)
	require.Len(t, page.Data(), 3)
	assert.Equal(t, made[1], page.Data()[0].ID, "the client turns such a page round")

	for _, bad := range []string{"limit=0", "limit=101", "limit=x", "starting_after=cus_none", "ending_before=cus_none"} {
		response, _ := b.raw(t, "GET", "/v1/customers?"+bad, "")
		assert.Equal(t, 400, response.StatusCode, bad)
	}
	response, body := b.raw(t, "GET", "/v1/customers?created[gt]=99999999999", "")
	assert.Equal(t, 200, response.StatusCode)
	assert.Contains(t, body, `"data": []`)
}

func TestSearchByMetadata(t *testing.T) {
	b := start(t, stripe.Options{})
	customer := b.customer(t)
	want := b.intent(t, customer, "pm_card_visa")
	b.intent(t, customer, "pm_card_jcb")
	search := func(query string) ([]*stripego.PaymentIntent, error) {
		params := &stripego.PaymentIntentSearchParams{}
		params.Query = query
		var found []*stripego.PaymentIntent
		for pi, err := range b.client.V1PaymentIntents.Search(t.Context(), params).All(t.Context()) {
			if err != nil {
				return nil, err
			}
			found = append(found, pi)
		}
		return found, nil
	}
	for query, n := range map[string]int{
		`metadata['kwipper_payment_id']:'p-pm_card_visa'`:                                    1,
		`metadata["kwipper_payment_id"]:"p-pm_card_visa" AND status:'requires_confirmation'`: 1,
		`status:'succeeded'`:                               0,
		`-status:'succeeded'`:                              2,
		`amount:980`:                                       2,
		fmt.Sprintf("customer:'%s'", customer):             2,
		`metadata['other']:'p-pm_card_visa'`:               0,
		`-metadata['kwipper_payment_id']:'p-pm_card_visa'`: 1,
	} {
		found, err := search(query)
		require.NoError(t, err, query)
		require.Len(t, found, n, query)
		if n == 1 && query[0] != '-' {
			assert.Equal(t, want.ID, found[0].ID)
		}
	}
	for _, query := range []string{"", "nonsense", "status:'a' OR status:'b'", "status:'a' AND "} {
		_, err := search(query)
		assert.Equal(t, "query", stripeError(t, err).Param, query)
	}
}

func TestCustomersLive(t *testing.T) {
	b := start(t, stripe.Options{})
	id := b.customer(t)
	updated, err := b.client.V1Customers.Update(t.Context(), id, &stripego.CustomerUpdateParams{
		Email: stripego.String("a@example.org"), Metadata: map[string]string{"kwipper_user_id": "", "more": "1"},
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"more": "1"}, updated.Metadata)
	gone, err := b.client.V1Customers.Delete(t.Context(), id, nil)
	require.NoError(t, err)
	assert.True(t, gone.Deleted)
	got, err := b.client.V1Customers.Retrieve(t.Context(), id, nil)
	require.NoError(t, err)
	assert.True(t, got.Deleted)
	_, err = b.client.V1PaymentIntents.Create(t.Context(), &stripego.PaymentIntentCreateParams{
		Amount: stripego.Int64(980), Currency: stripego.String("jpy"), Customer: &id,
	})
	assert.Equal(t, stripego.ErrorCodeResourceMissing, stripeError(t, err).Code)
}
