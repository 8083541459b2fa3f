package operation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/operation"
)

var start = time.Date(2026, 1, 31, 15, 0, 0, 0, time.UTC)

func running() saga.Saga {
	return saga.Saga{ID: "jp-1", Definition: "subscribe", Owner: "jp-u", Country: "jp", Language: "ja",
		Subscription: "users/jp-u/subscriptions/jp-s", Course: "courses/jp-c", Invoice: "users/jp-u/invoices/jp-n",
		StartTime: start, MoveTime: start, Phase: saga.Forward, Deadline: start.Add(15 * time.Minute), Steps: map[string]saga.StepRun{}}
}

func waiting() saga.Saga {
	s := running()
	s.Steps["DoPayment"] = saga.StepRun{Action: saga.Run{Status: saga.Waiting, Waiting: &message.WaitingInfo{
		NextAction: &message.NextAction{Type: "REDIRECT", RedirectURI: "https://pay.example/?a=1&b=2"}, ExpireTime: start.Add(time.Hour)}}}
	return s
}

func succeeded() saga.Saga {
	s := running()
	s.Phase, s.Deadline = saga.Succeeded, time.Time{}
	return s
}

func failed(reason, kind string) saga.Saga {
	s := running()
	s.Phase, s.Deadline = saga.Failed, time.Time{}
	s.Failure = &message.Failure{Step: "DoPayment", Kind: kind, Reason: reason, Message: "declined", Metadata: map[string]string{"code": "x"}}
	return s
}

func encoded(t *testing.T, s saga.Saga) string {
	t.Helper()
	b, err := json.Marshal(operation.Of(s))
	require.NoError(t, err)
	return string(b)
}

const about = `"kind":"SUBSCRIBE","subscription":"users/jp-u/subscriptions/jp-s","course":"courses/jp-c",` +
	`"invoice":"users/jp-u/invoices/jp-n","createTime":"2026-01-31T15:00:00Z","updateTime":"2026-01-31T15:00:00Z"`

func TestOperationShowsWhereTheSagaStands(t *testing.T) {
	assert.JSONEq(t, `{"name":"operations/jp-1","done":false,"metadata":{"state":"RUNNING",`+about+
		`,"expireTime":"2026-01-31T15:15:00Z"}}`, encoded(t, running()))
	assert.JSONEq(t, `{"name":"operations/jp-1","done":false,"metadata":{"state":"WAITING",`+about+
		`,"expireTime":"2026-01-31T16:00:00Z","nextAction":{"type":"REDIRECT","redirectUri":"https://pay.example/?a=1&b=2","expireTime":"2026-01-31T16:00:00Z"}}}`,
		encoded(t, waiting()))
	assert.JSONEq(t, `{"name":"operations/jp-1","done":true,"metadata":{"state":"SUCCEEDED",`+about+
		`},"response":{"subscription":"users/jp-u/subscriptions/jp-s","course":"courses/jp-c","invoice":"users/jp-u/invoices/jp-n"}}`,
		encoded(t, succeeded()))
	back := waiting()
	back.Phase, back.Deadline = saga.Back, time.Time{}
	assert.JSONEq(t, `{"name":"operations/jp-1","done":false,"metadata":{"state":"COMPENSATING",`+about+`}}`, encoded(t, back))
}

func TestOperationIsWhatTheDocumentSays(t *testing.T) {
	for _, s := range []saga.Saga{running(), waiting(), succeeded(), failed("CARD_DECLINED", "failed precondition")} {
		decoder := json.NewDecoder(strings.NewReader(encoded(t, s)))
		decoder.DisallowUnknownFields()
		var o api.Operation
		require.NoError(t, decoder.Decode(&o))
	}
}

func TestRefusedPaymentIsToldInTheLearnersLanguage(t *testing.T) {
	o := operation.Of(failed("INSUFFICIENT_FUNDS", "failed precondition"))
	require.NotNil(t, o.Error)
	assert.Nil(t, o.Response)
	assert.Equal(t, 9, o.Error.Code)
	details, err := json.Marshal(o.Error.Details)
	require.NoError(t, err)
	var got []map[string]any
	require.NoError(t, json.Unmarshal(details, &got))
	require.Len(t, got, 2)
	assert.Equal(t, "INSUFFICIENT_FUNDS", got[0]["reason"])
	assert.Equal(t, map[string]any{"code": "x"}, got[0]["metadata"])
	assert.Equal(t, "ja", got[1]["locale"])
	assert.Equal(t, "カードの残高または利用可能額が不足しています。", got[1]["message"])
}

func TestFailureKeepsItsCode(t *testing.T) {
	for kind, code := range map[string]int{"already exists": 6, "not found": 5, "failed precondition": 9, "invalid argument": 3, "gibberish": 2} {
		o := operation.Of(failed("ALREADY_SUBSCRIBED", kind))
		assert.Equal(t, code, o.Error.Code, kind)
		assert.Len(t, o.Error.Details, 1)
	}
}

func TestAwaitAnswersAStart(t *testing.T) {
	store := &sagas{states: []saga.Saga{running(), succeeded()}}
	o, status, err := operation.Await(context.Background(), store, running(), 0)
	require.NoError(t, err)
	assert.Equal(t, 202, status)
	assert.False(t, o.Done)
	assert.Zero(t, store.reads, "it was just read")
	o, status, err = operation.Await(context.Background(), store, running(), 10*time.Second)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.True(t, o.Done)
	store.err = errors.New("broken")
	_, _, err = operation.Await(context.Background(), store, running(), 10*time.Second)
	require.Error(t, err)
}

// sagas answers Get from a list, the last one for good, and List from a slice.
type sagas struct {
	states []saga.Saga
	reads  int
	err    error
	list   []saga.Saga
	pages  []saga.Page
}

func (s *sagas) Get(context.Context, string) (saga.Saga, error) {
	if s.err != nil {
		return saga.Saga{}, s.err
	}
	state := s.states[min(s.reads, len(s.states)-1)]
	s.reads++
	return state, nil
}

func (s *sagas) List(_ context.Context, p saga.Page) ([]saga.Saga, time.Time, error) {
	s.pages = append(s.pages, p)
	from := 0
	for i, one := range s.list {
		if one.ID == p.AfterID {
			from = i + 1
		}
	}
	return s.list[from:min(from+p.Size, len(s.list))], time.Now(), s.err
}

func TestOnlyTheOwnerAndAdministratorsSeeAnOperation(t *testing.T) {
	unknown := fault.New(fault.NotFound, "UNKNOWN_SAGA", "no")
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		viewer operation.Viewer
		err    error
		want   fault.Kind
	}{
		"owner":                     {operation.Viewer{UserID: "jp-u"}, nil, 0},
		"administrator":             {operation.Viewer{Administrator: true}, nil, 0},
		"somebody else":             {operation.Viewer{UserID: "jp-x"}, nil, fault.PermissionDenied},
		"nobody":                    {operation.Viewer{}, nil, fault.PermissionDenied},
		"unknown, to anybody":       {operation.Viewer{UserID: "jp-u"}, unknown, fault.PermissionDenied},
		"unknown, to administrator": {operation.Viewer{Administrator: true}, unknown, fault.NotFound},
		"failure":                   {operation.Viewer{UserID: "jp-u"}, broken, fault.Unknown},
	} {
		_, err := operation.Get(context.Background(), &sagas{states: []saga.Saga{running()}, err: c.err}, c.viewer, "jp-1", 0)
		if c.err == nil && c.want == 0 {
			assert.NoError(t, err, name)
			continue
		}
		require.Error(t, err, name)
		assert.Equal(t, c.want, fault.KindOf(err), name)
	}
}

func TestGetWaitsForTheEndOrTheLearner(t *testing.T) {
	owner := operation.Viewer{UserID: "jp-u"}
	for name, last := range map[string]saga.Saga{"end": succeeded(), "learner": waiting()} {
		store := &sagas{states: []saga.Saga{running(), running(), running(), last}}
		o, err := operation.Get(context.Background(), store, owner, "jp-1", 10*time.Second)
		require.NoError(t, err, name)
		assert.Equal(t, 4, store.reads, name)
		assert.NotEqual(t, "RUNNING", string(o.Metadata.State), name)
	}
	store := &sagas{states: []saga.Saga{running()}}
	o, err := operation.Get(context.Background(), store, owner, "jp-1", 100*time.Millisecond)
	require.NoError(t, err)
	assert.False(t, o.Done)
	assert.LessOrEqual(t, store.reads, 6, "it asks sparingly")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = operation.Get(gone, store, owner, "jp-1", 10*time.Second)
	require.NoError(t, err)
}

func TestListPages(t *testing.T) {
	store := &sagas{}
	for i := range 5 {
		s := running()
		s.ID = fmt.Sprintf("jp-%d", i)
		store.list = append(store.list, s)
	}
	tokens, err := pagetoken.New([]byte("0123456789abcdef"))
	require.NoError(t, err)
	var names []string
	token := ""
	for {
		listed, err := operation.List(context.Background(), store, tokens, "jp-u", 2, token)
		require.NoError(t, err)
		for _, o := range listed.Operations {
			names = append(names, o.Name)
		}
		if token = listed.NextPageToken; token == "" {
			break
		}
	}
	assert.Equal(t, []string{"operations/jp-0", "operations/jp-1", "operations/jp-2", "operations/jp-3", "operations/jp-4"}, names)
	_, err = operation.List(context.Background(), store, tokens, "jp-other", 2, token+"x")
	assert.True(t, fault.Is(err, fault.InvalidArgument))
}
