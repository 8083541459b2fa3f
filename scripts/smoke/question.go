package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

// question is a request and the answer that is wanted.
type question struct {
	name   string
	path   string
	token  string
	status int
	// member must be in the answer, where it is given: a list, or the word of an error.
	member, reason string
}

// forged is a token of the right shape that nobody signed.
const forged = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im5vbmUifQ.eyJzdWIiOiJzbW9rZSJ9.c21va2U"

func questions(m *wiring.Map) []question {
	var all []question
	for _, path := range slices.Sorted(maps.Keys(m.Status)) {
		all = append(all, question{name: m.Status[path].Service + " is ready", path: path, status: http.StatusOK})
	}
	return append(all,
		question{name: "anyone may read the catalogue", path: "/v1/courses?regionCode=JP&languageCode=ja&pageSize=1", status: http.StatusOK, member: "courses"},
		question{name: "nobody is somebody without a token", path: "/v1/users/me", status: http.StatusUnauthorized, reason: "UNAUTHENTICATED"},
		question{name: "nobody is somebody with a forged token", path: "/v1/users/me", token: forged, status: http.StatusUnauthorized, reason: "UNAUTHENTICATED"},
		question{name: "an unknown path is answered as the API answers", path: "/v1/nothing-is-here", status: http.StatusNotFound, reason: "NOT_FOUND"},
	)
}

func (q question) ask(ctx context.Context, client *http.Client, front string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, front+q.path, nil)
	if err != nil {
		return 0, err
	}
	if q.token != "" {
		request.Header.Set("Authorization", "Bearer "+q.token)
	}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return 0, err
	}
	return time.Since(began), q.check(response.StatusCode, body)
}

func (q question) check(status int, body []byte) error {
	if status != q.status {
		return fmt.Errorf("GET %s answers %d, not %d: %.300s", q.path, status, q.status, body)
	}
	if q.member == "" && q.reason == "" {
		return nil
	}
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("GET %s: %w", q.path, err)
	}
	if q.member != "" && answer[q.member] == nil {
		return fmt.Errorf("GET %s: no %s in %.300s", q.path, q.member, body)
	}
	var refusal struct {
		Status string `json:"status"`
	}
	if q.reason != "" {
		if err := json.Unmarshal(answer["error"], &refusal); err != nil || refusal.Status != q.reason {
			return fmt.Errorf("GET %s: no error of status %s in %.300s", q.path, q.reason, body)
		}
	}
	return nil
}
