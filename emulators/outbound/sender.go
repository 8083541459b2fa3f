package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxAnswerBytes is how much of an answer is read so that its connection can be reused.
const maxAnswerBytes = 64 << 10

// TokenSource makes a token for a service account. For an OIDC token audience is its
// audience, for an OAuth access token its scope.
type TokenSource func(ctx context.Context, serviceAccountEmail, audience string) (string, error)

// Fault says what goes wrong with an attempt. The zero value is nothing.
type Fault struct {
	Delay        time.Duration // wait before sending
	Duplicates   int           // send so many more copies at the same time
	LoseResponse bool          // deliver, then take the answer for lost
	Status       int           // do not deliver, take this HTTP status for the answer
}

// Identity is the service account that a request is sent as; without an account the
// request carries no token.
type Identity struct {
	ServiceAccountEmail string
	Audience            string
}

// Sender sends requests.
type Sender struct {
	Client *http.Client
	Tokens TokenSource // nil fails every request that needs a token
}

// NewClient returns a client that keeps up to so many idle connections to a host, and
// takes a redirect for the refusal that it is to Google's services.
func NewClient(connections int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConnsPerHost: connections,
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Send makes one attempt within timeout, with its fault, and returns the status of the
// answer. build is called for each copy that is sent.
func (s *Sender) Send(ctx context.Context, timeout time.Duration, as Identity, fault Fault,
	build func(context.Context) (*http.Request, error)) (int, error) {
	if err := Pause(ctx, fault.Delay); err != nil {
		return 0, err
	}
	if fault.Status != 0 {
		return fault.Status, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var duplicates sync.WaitGroup
	for range fault.Duplicates {
		duplicates.Go(func() { _, _ = s.sendOnce(ctx, as, build) })
	}
	status, err := s.sendOnce(ctx, as, build)
	duplicates.Wait()
	if fault.LoseResponse {
		return 0, fmt.Errorf("fault: answer %d lost", status)
	}
	return status, err
}

func (s *Sender) sendOnce(ctx context.Context, as Identity, build func(context.Context) (*http.Request, error)) (int, error) {
	request, err := build(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.authorize(ctx, as, request); err != nil {
		return 0, err
	}
	response, err := s.Client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswerBytes))
	return response.StatusCode, nil
}

func (s *Sender) authorize(ctx context.Context, as Identity, request *http.Request) error {
	if as.ServiceAccountEmail == "" {
		return nil
	}
	if s.Tokens == nil {
		return errors.New("a token is wanted and the emulator has no source of tokens")
	}
	token, err := s.Tokens(ctx, as.ServiceAccountEmail, as.Audience)
	if err != nil {
		return fmt.Errorf("token for %s: %w", as.ServiceAccountEmail, err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// FixedToken hands out the same token for every account, for emulators that run alone.
func FixedToken(token string) TokenSource {
	return func(context.Context, string, string) (string, error) { return token, nil }
}
