package listoperations_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/saga/listoperations"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// silent publishes nothing: the sagas of these tests stay where they are.
type silent struct{}

func (silent) PublishCommands(context.Context, []message.Command) error { return nil }

func begin(t *testing.T, owner string, n int) {
	t.Helper()
	client := functiontesting.Database(t, "saga", sagadb.Schema())
	store := sagadb.New(client, silent{}, enrollment.Registry(), clock.Wall{})
	for i := range n {
		_, _, err := store.Start(t.Context(), idempotency.Key{}, saga.New{ID: message.ID("jp", owner, strconv.Itoa(i)),
			Definition: enrollment.Publish, Owner: owner, Country: "jp", Input: enrollment.PublishInput{}})
		require.NoError(t, err)
	}
}

func list(token, query string) functiontesting.Call {
	return functiontesting.Call{Method: http.MethodGet, Path: "/v1/operations" + query, Token: token}
}

func prepare(t *testing.T) *authtest.Issuer {
	t.Helper()
	t.Setenv("PAGE_TOKEN_KEY", "a secret of the tests")
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	return issuer
}

func TestPagesThroughTheCallersUnfinishedOperations(t *testing.T) {
	issuer := prepare(t)
	begin(t, "jp-pager", 5)
	begin(t, "jp-other", 2)
	names := map[string]bool{}
	query := "?pageSize=2"
	pages := 0
	for {
		answer := list(issuer.User(t, "jp-pager"), query).Do(t, listoperations.Handle)
		page := functiontesting.Into[api.ListOperationsPage](t, answer, http.StatusOK)
		pages++
		assert.LessOrEqual(t, len(page.Operations), 2)
		for _, o := range page.Operations {
			names[o.Name] = true
		}
		if page.NextPageToken == "" {
			break
		}
		query = "?pageSize=2&pageToken=" + url.QueryEscape(page.NextPageToken)
	}
	assert.Len(t, names, 5)
	assert.Equal(t, 3, pages)
	functiontesting.Refused(t, list(issuer.User(t, "jp-other"), query).Do(t, listoperations.Handle), 400, "PAGE_TOKEN_INVALID")
	none := functiontesting.Into[api.ListOperationsPage](t, list(issuer.User(t, "jp-nobody"), "").Do(t, listoperations.Handle), http.StatusOK)
	assert.NotNil(t, none.Operations)
	assert.Empty(t, none.Operations)
}

func TestRefusals(t *testing.T) {
	issuer := prepare(t)
	functiontesting.Database(t, "saga", sagadb.Schema())
	token := issuer.User(t, "jp-u")
	for name, c := range map[string]struct {
		call   functiontesting.Call
		status int
		reason string
	}{
		"no token":          {list("", ""), 401, "TOKEN_MISSING"},
		"not registered":    {list(issuer.Token(t, map[string]any{"sub": "x"}), ""), 403, "USER_NOT_REGISTERED"},
		"negative size":     {list(token, "?pageSize=-1"), 400, "INVALID_ARGUMENT"},
		"unknown parameter": {list(token, "?colour=blue"), 400, "INVALID_ARGUMENT"},
		"made-up token":     {list(token, "?pageToken=abc"), 400, "PAGE_TOKEN_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			functiontesting.Refused(t, c.call.Do(t, listoperations.Handle), c.status, c.reason)
		})
	}
}
