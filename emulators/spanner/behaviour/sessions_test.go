package behaviour_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
)

// createSession creates a session and keeps it for the steps after it.
func createSession(labels map[string]string, kept *spannerpb.Session) call {
	return custom("create a session", func(r *run) error {
		made, err := r.calls.CreateSession(r.context(), &spannerpb.CreateSessionRequest{Database: r.database, Session: &spannerpb.Session{Labels: labels}})
		if err == nil {
			assert.True(r.t, strings.HasPrefix(made.Name, r.database+"/sessions/"), made.Name)
			assert.Equal(r.t, labels, made.Labels)
			assert.NotNil(r.t, made.CreateTime)
			assert.NotNil(r.t, made.ApproximateLastUseTime)
			kept.Name = made.Name
		}
		return err
	})
}

func createSessionOf(database string) call {
	return custom("create a session of "+database, func(r *run) error {
		_, err := r.calls.CreateSession(r.context(), &spannerpb.CreateSessionRequest{Database: database})
		return err
	})
}

func getSession(s *spannerpb.Session) call {
	return custom("get a session", func(r *run) error {
		got, err := r.calls.GetSession(r.context(), &spannerpb.GetSessionRequest{Name: s.Name})
		if err == nil {
			assert.Equal(r.t, s.Name, got.Name)
			assert.False(r.t, got.ApproximateLastUseTime.AsTime().Before(s.ApproximateLastUseTime.AsTime()), "last use goes on")
			s.ApproximateLastUseTime = got.ApproximateLastUseTime
		}
		return err
	})
}

func deleteSession(s *spannerpb.Session) call {
	return custom("delete a session", func(r *run) error {
		_, err := r.calls.DeleteSession(r.context(), &spannerpb.DeleteSessionRequest{Name: s.Name})
		return err
	})
}

// batchCreateSessions asks for n sessions and answers the names that it got.
func batchCreateSessions(database string, n int32) call {
	return call{title: "create sessions", do: func(r *run) answer {
		if database == "" {
			database = r.database
		}
		made, err := r.calls.BatchCreateSessions(r.context(), &spannerpb.BatchCreateSessionsRequest{Database: database, SessionCount: n})
		a := answer{err: err}
		for _, s := range made.GetSession() {
			a.rows = append(a.rows, s.Name)
		}
		return a
	}}
}

// listSessions lists all sessions, page by page; a row is a name and the labels' number.
func listSessions(size int32) call {
	return call{title: "list sessions", do: func(r *run) answer {
		var a answer
		for token := ""; ; {
			page, err := r.calls.ListSessions(r.context(), &spannerpb.ListSessionsRequest{Database: r.database, PageSize: size, PageToken: token})
			if err != nil {
				return answer{err: err}
			}
			for _, s := range page.Sessions {
				a.rows = append(a.rows, s.Name+" "+s.Labels["k"])
			}
			if size > 0 {
				assert.LessOrEqual(r.t, len(page.Sessions), int(size))
			}
			if token = page.NextPageToken; token == "" {
				return a
			}
		}
	}}
}

func different(n int) func(*run, answer) {
	return func(r *run, a answer) {
		seen := map[string]bool{}
		for _, name := range a.rows {
			seen[name] = true
		}
		assert.Len(r.t, a.rows, n)
		assert.Len(r.t, seen, n, "no name twice")
	}
}

// TestSessions follows sessions.cc.
func TestSessions(t *testing.T) {
	const nowhere = "projects/testing/instances/nowhere/databases/d"
	labels := map[string]string{"k": "labelled"}
	var plain, labelled, gone, unnamed spannerpb.Session
	show(t, nil,
		behaviour{"created and got", []step{createSession(nil, &plain), getSession(&plain), getSession(&plain)}},
		behaviour{"labels", []step{createSession(labels, &labelled), listSessions(-1).must(func(r *run, a answer) {
			assert.Contains(r.t, a.rows, labelled.Name+" labelled")
		})}},
		behaviour{"of no database", []step{
			createSessionOf(nowhere).fails(codes.NotFound), createSessionOf("projects/testing/instances/behaviour/databases/nothing").fails(codes.NotFound),
			batchCreateSessions(nowhere, 1).fails(codes.NotFound), createSessionOf("database/d").fails(codes.InvalidArgument),
			custom("list", func(r *run) error {
				_, err := r.calls.ListSessions(r.context(), &spannerpb.ListSessionsRequest{Database: nowhere, PageSize: 4})
				return err
			}).fails(codes.NotFound)}},
		behaviour{"without a name", []step{getSession(&unnamed).fails(codes.InvalidArgument), deleteSession(&unnamed).fails(codes.InvalidArgument)}},
		behaviour{"deleted", []step{createSession(nil, &gone), deleteSession(&gone), getSession(&gone).fails(codes.NotFound), deleteSession(&gone)}},
		behaviour{"many at once", []step{
			batchCreateSessions("", 10).must(different(10)), batchCreateSessions("", -1).fails(codes.InvalidArgument), batchCreateSessions("", 300).must(different(100))}},
		behaviour{"in pages", []step{
			batchCreateSessions("", 10), listSessions(1).must(different(11)), listSessions(4).must(different(11)), listSessions(-1).must(different(11))}},
	)
}
