package control_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/control"
	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/shared/api"
)

// crashVariable makes the test's process one that is to be killed.
const crashVariable = "KWIPPER_TEST_CRASH"

func startStack(t *testing.T) *stack.Stack {
	t.Helper()
	ports, err := stack.FreePorts()
	require.NoError(t, err)
	s, err := stack.Start(t.Context(), stack.Options{Ports: ports, Sample: true, Console: control.New})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// client calls the control API.
type client struct {
	t    *testing.T
	base string
}

// try calls and returns the status and the answer.
func (c client) try(method, path, body string) (int, []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	require.NoError(c.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return response.StatusCode, text
}

// do calls and decodes the answer, which must be a success.
func (c client) do(method, path, body string, answer any) {
	c.t.Helper()
	status, text := c.try(method, path, body)
	require.Less(c.t, status, 300, "%s %s: %s", method, path, text)
	if answer != nil {
		require.NoError(c.t, json.Unmarshal(text, answer), "%s", text)
	}
}

// refused calls and returns the reason and the first field of the refusal.
func (c client) refused(method, path, body string, want int) (reason, field string) {
	c.t.Helper()
	status, text := c.try(method, path, body)
	require.Equal(c.t, want, status, "%s %s %s: %s", method, path, body, text)
	var answer struct {
		Error struct {
			Code    int
			Details []struct {
				Reason          string
				FieldViolations []struct{ Field string }
			}
		}
	}
	require.NoError(c.t, json.Unmarshal(text, &answer), "%s", text)
	require.Equal(c.t, want, answer.Error.Code)
	for _, d := range answer.Error.Details {
		reason += d.Reason
		for _, f := range d.FieldViolations {
			field += f.Field + " "
		}
	}
	return reason, strings.TrimSpace(field)
}

// subscribe makes the Japanese learner subscribe to a sample course and returns the operation.
func subscribe(t *testing.T, s *stack.Stack) api.Operation {
	t.Helper()
	o, err := subscribeAs(t, s, "learner.jp@kwipper.local", "JP", "ja")
	require.NoError(t, err)
	return o
}

func subscribeAs(t *testing.T, s *stack.Stack, email, region, language string) (api.Operation, error) {
	t.Helper()
	ctx := t.Context()
	learner := s.Browser()
	require.NoError(t, learner.SignIn(ctx, email, "kwipper-local"))
	var courses api.ListCoursesPage
	require.NoError(t, learner.Call(ctx, http.MethodGet, "/courses?regionCode="+region+"&languageCode="+language, nil, &courses))
	require.NotEmpty(t, courses.Courses)
	card, err := learner.SaveCard(ctx, "4242424242424242")
	require.NoError(t, err)
	o, err := subscribeTo(ctx, learner, courses.Courses[0], card)
	require.NoError(t, err)
	return learner.AwaitDone(ctx, o)
}

func subscribeTo(ctx context.Context, learner *frontend.Client, course api.Course, card api.PaymentMethod) (api.Operation, error) {
	var o api.Operation
	err := learner.Call(ctx, http.MethodPost, "/users/me/subscriptions", api.SubscribeRequest{
		Course: course.Name, PaymentMethod: card.Name, Price: course.Price, ReturnURI: learner.Origin + "/back",
	}, &o)
	return o, err
}

func TestControlAPI(t *testing.T) {
	if os.Getenv(crashVariable) != "" {
		t.Skip("this process is to be killed in another test")
	}
	s := startStack(t)
	c := client{t: t, base: s.Status().Addresses["console"] + "/local/v1/"}
	t.Run("status", func(t *testing.T) { testStatus(t, client{t, c.base}) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, client{t, c.base}) })
	t.Run("saga", func(t *testing.T) { testSaga(t, client{t, c.base}, s) })
	t.Run("faults", func(t *testing.T) { testFaults(t, client{t, c.base}, s) })
	t.Run("clock", func(t *testing.T) { testClock(t, client{t, c.base}) })
	t.Run("tokens", func(t *testing.T) { testTokens(t, client{t, c.base}, s) })
	t.Run("snapshots", func(t *testing.T) { testSnapshots(t, client{t, c.base}) })
	t.Run("strangers", func(t *testing.T) { testStrangers(t, client{t, c.base}) })
}

func testStatus(t *testing.T, c client) {
	var status stack.Status
	c.do(http.MethodGet, "status", "", &status)
	assert.True(t, status.Ready)
	assert.Len(t, status.Users, 6)
	assert.NotEmpty(t, status.Environment)
	root := strings.TrimSuffix(c.base, "/local/v1/")
	page := client{t, root}
	for path, want := range map[string]string{"/": "<!doctype html>", "/openapi.yaml": "openapi: 3"} {
		code, text := page.try(http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, code)
		assert.Contains(t, string(text), want)
	}
	_, text := page.try(http.MethodGet, "/", "")
	assert.NotRegexp(t, `(?:src|href)="https?:`, string(text), "the console needs nothing from elsewhere")
}

// testSaga subscribes while payments fail twice and everything comes twice, and looks at what happened.
func testSaga(t *testing.T, c client, s *stack.Stack) {
	c.do(http.MethodPost, "faults", `{"target":"Pay","match":{"command":"DoPayment"},"effect":"STATUS","status":503,"count":2}`, nil)
	c.do(http.MethodPost, "faults", `{"target":"pubsub","effect":"DUPLICATE"}`, nil)
	c.do(http.MethodPost, "faults", `{"target":"stripe","match":{"operation":"payment_intents.confirm"},"effect":"LOST_RESPONSE","count":1}`, nil)
	c.do(http.MethodPost, "faults", `{"target":"spanner","match":{"method":"Commit"},"effect":"STATUS","status":409,"probability":0.3,"seed":1}`, nil)
	o := subscribe(t, s)
	var faults struct{ Faults []struct{ Hits int } }
	c.do(http.MethodGet, "faults", "", &faults)
	require.Len(t, faults.Faults, 4)
	for _, f := range faults.Faults {
		assert.Positive(t, f.Hits)
	}
	c.do(http.MethodDelete, "faults", "", nil)

	var saga struct {
		Definition, Phase string
		Steps             []struct {
			Name       string
			Action     struct{ Status string }
			Deliveries []struct {
				Function        string
				Attempt, Status int
			}
		}
	}
	c.do(http.MethodGet, "sagas/"+strings.TrimPrefix(o.Name, "operations/"), "", &saga)
	assert.Equal(t, "subscribe", saga.Definition)
	assert.Equal(t, "SUCCEEDED", saga.Phase)
	refused := 0
	for _, step := range saga.Steps {
		assert.Equal(t, "DONE", step.Action.Status, step.Name)
		for _, d := range step.Deliveries {
			if d.Function == "Pay" && d.Status == 503 {
				refused++
			}
		}
	}
	assert.Positive(t, refused)
	var list struct {
		Total int
		Sagas []struct{ Operation string }
	}
	c.do(http.MethodGet, "sagas?limit=1", "", &list)
	require.Len(t, list.Sagas, 1)
	assert.Equal(t, o.Name, list.Sagas[0].Operation)
	assert.Greater(t, list.Total, 1)

	var messages struct {
		Deliveries []struct{ MessageID, Function string }
	}
	c.do(http.MethodGet, "messages?limit=5", "", &messages)
	require.Len(t, messages.Deliveries, 5)
	c.do(http.MethodPost, "messages/"+messages.Deliveries[0].MessageID+":redeliver", "", nil)
	var requests struct{ Requests []struct{ Operation string } }
	c.do(http.MethodGet, "requests?limit=3", "", &requests)
	assert.Len(t, requests.Requests, 3)
	holds(t, c, 1)
}

// holds waits until all has settled and checks that all invariants hold, with rows looked at.
func holds(t *testing.T, c client, subscriptions int) {
	t.Helper()
	c.do(http.MethodPost, "clock:advance", `{"duration":"0s"}`, nil)
	var answer struct {
		OK, Settled bool
		Invariants  []struct {
			Name      string
			Rows      int
			Offenders []any
		}
	}
	c.do(http.MethodGet, "invariants", "", &answer)
	assert.True(t, answer.Settled)
	assert.True(t, answer.OK, "%+v", answer.Invariants)
	for _, i := range answer.Invariants {
		if i.Name == "paid-has-access" {
			assert.Equal(t, subscriptions, i.Rows)
		}
	}
}

func testFaults(t *testing.T, c client, s *stack.Stack) {
	var added struct{ ID string }
	c.do(http.MethodPost, "faults", `{"target":"ListCourses","effect":"STATUS","status":429,"count":1}`, &added)
	anyone := s.Browser()
	err := anyone.Call(t.Context(), http.MethodGet, "/courses?regionCode=JP&languageCode=ja", nil, nil)
	require.Error(t, err)
	require.NoError(t, anyone.Call(t.Context(), http.MethodGet, "/courses?regionCode=JP&languageCode=ja", nil, nil))
	var one struct{ Hits int }
	c.do(http.MethodGet, "faults/"+added.ID, "", &one)
	assert.Equal(t, 1, one.Hits)
	c.do(http.MethodDelete, "faults/"+added.ID, "", nil)
	c.refused(http.MethodGet, "faults/"+added.ID, "", http.StatusNotFound)

	testRefusedCommand(t, c, s)
	c.do(http.MethodPost, "faults", `{"target":"stripe","match":{"operation":"webhook.*"},"effect":"DUPLICATE"}`, &added)
	c.do(http.MethodDelete, "faults/"+added.ID, "", nil)
	assert.Empty(t, s.Stripe.Faults())
}

// testRefusedCommand has a step after the payment refused for good: the money goes back.
func testRefusedCommand(t *testing.T, c client, s *stack.Stack) {
	c.do(http.MethodPost, "faults", `{"target":"HandleUserCommand","match":{"command":"UpdateUserInfo"},"effect":"REFUSE","reason":"USER_NOT_FOUND","count":1}`, nil)
	c.do(http.MethodPost, "faults", `{"target":"pubsub","effect":"DUPLICATE"}`, nil)
	_, err := subscribeAs(t, s, "learner.ph@kwipper.local", "PH", "fil")
	require.Error(t, err)
	c.do(http.MethodDelete, "faults", "", nil)
	totals := s.Stripe.Totals()
	assert.NotZero(t, totals.Sums["php"].ChargedMinor)
	assert.Equal(t, totals.Sums["php"].ChargedMinor, totals.Sums["php"].RefundedMinor)
	holds(t, c, 1)
}

// testClock lets a renewal come due.
func testClock(t *testing.T, c client) {
	var before, after struct {
		Now, NextDue  time.Time
		OffsetSeconds float64
		Stops         []struct {
			Time  time.Time
			Tasks map[string]int
		}
		Fired struct{ Jobs, Tasks, Functions map[string]int }
	}
	c.do(http.MethodGet, "clock", "", &before)
	c.do(http.MethodPost, "clock:advance", `{"duration":"P33D"}`, &after)
	assert.WithinDuration(t, before.Now.AddDate(0, 0, 33), after.Now, time.Minute)
	assert.InDelta(t, 33*24*3600, after.OffsetSeconds, 60)
	assert.False(t, after.NextDue.Before(after.Now))
	assert.Equal(t, 1, after.Fired.Tasks["RenewBilling"])
	assert.Positive(t, after.Fired.Jobs["EnqueueRenewals"])
	assert.Positive(t, after.Fired.Functions["Pay"])
	for i, stop := range after.Stops[1:] {
		assert.False(t, stop.Time.Before(after.Stops[i].Time), "stops are in order")
	}
	until, err := json.Marshal(map[string]any{"until": after.Now.Add(time.Hour)})
	require.NoError(t, err)
	c.do(http.MethodPost, "clock:advance", string(until), nil)
	holds(t, c, 1)
}

func testSnapshots(t *testing.T, c client) {
	c.do(http.MethodPost, "snapshots", `{"name":"renewed"}`, nil)
	var moved, back struct{ OffsetSeconds float64 }
	c.do(http.MethodGet, "clock", "", &moved)
	begun := time.Now()
	c.do(http.MethodPost, "reset", `{"data":"sample"}`, nil)
	assert.Less(t, time.Since(begun), time.Second)
	holds(t, c, 0)
	c.do(http.MethodGet, "clock", "", &back)
	assert.Zero(t, back.OffsetSeconds)
	c.do(http.MethodPost, "reset", `{"data":"empty"}`, nil)
	var status stack.Status
	c.do(http.MethodGet, "status", "", &status)
	assert.Empty(t, status.Users)
	c.do(http.MethodPost, "snapshots/renewed:restore", "", nil)
	c.do(http.MethodGet, "clock", "", &back)
	assert.InDelta(t, moved.OffsetSeconds, back.OffsetSeconds, 0.001)
	holds(t, c, 1)
	var list struct{ Snapshots []struct{ Name string } }
	c.do(http.MethodGet, "snapshots", "", &list)
	assert.Len(t, list.Snapshots, 3)
}

// TestCrashKillsTheProcess lets a process of its own be killed in the middle of a payment.
func TestCrashKillsTheProcess(t *testing.T) {
	if os.Getenv(crashVariable) != "" {
		s := startStack(t)
		c := client{t: t, base: s.Status().Addresses["console"] + "/local/v1/"}
		c.do(http.MethodPost, "faults", `{"target":"Pay","match":{"command":"DoPayment"},"effect":"CRASH_AFTER"}`, nil)
		subscribe(t, s)
		return
	}
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashKillsTheProcess$")
	process.Env = append(os.Environ(), crashVariable+"=1")
	output, err := process.CombinedOutput()
	var ended *exec.ExitError
	require.ErrorAs(t, err, &ended, "%s", output)
	status, ok := ended.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	assert.Equal(t, syscall.SIGKILL, status.Signal(), "%s", output)
}
