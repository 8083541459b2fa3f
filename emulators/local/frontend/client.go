// Package frontend does what a front end does, over HTTP alone: it signs in at the identity
// service, calls the API, uploads in chunks, fills in the payment gateway's pages and plays
// signed URLs. The local stack's sample data, the demo and the whole-system tests use it.
package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/kwipper/kwipper/shared/api"
)

// Client is one browser with at most one person signed in.
type Client struct {
	API    string // address of the API, such as http://127.0.0.1:8080
	Auth   string // address of the identity service
	Origin string // where the front end is served from
	Token  string // ID token, empty while nobody is signed in

	refresh string
	http    http.Client
}

// New returns a client with nobody signed in.
func New(apiURL, authURL, origin string) *Client {
	return &Client{API: apiURL, Auth: authURL, Origin: origin, http: http.Client{
		Timeout:       60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Error is an error that the API answered.
type Error struct {
	Status    int
	Reason    string
	Message   string
	Localized string   // for the learner, where there is one
	Fields    []string // that are wrong
}

// Error returns status, reason and message.
func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Reason, e.Message) }

// Reason returns the stable reason of an API error, empty for other errors.
func Reason(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// Call calls the API: body, unless nil, is sent as JSON, and the answer is decoded into
// answer, unless nil. A POST gets an idempotency key of its own unless header has one.
func (c *Client) Call(ctx context.Context, method, path string, body, answer any, header ...string) error {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.API+"/v1"+path, reader)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", uuid.NewString())
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	r.Header.Set("Origin", c.Origin)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := decode(response, answer); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func decode(response *http.Response, answer any) error {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return apiError(response.StatusCode, text)
	}
	if answer == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func apiError(status int, text []byte) error {
	var body struct{ Error api.OperationError }
	if err := json.Unmarshal(text, &body); err != nil {
		return &Error{Status: status, Message: string(text)}
	}
	return OperationError(status, body.Error)
}

// OperationError returns what an error of the API or of an operation says.
func OperationError(status int, e api.OperationError) *Error {
	found := &Error{Status: status, Message: e.Message}
	for _, d := range e.Details {
		if d.Reason != "" {
			found.Reason = string(d.Reason)
		}
		if d.Locale != "" {
			found.Localized = d.Message
		}
		for _, f := range d.FieldViolations {
			found.Fields = append(found.Fields, f.Field)
		}
	}
	return found
}

// SignUp makes an account and signs it in.
func (c *Client) SignUp(ctx context.Context, email, password, displayName string) error {
	return c.sign(ctx, "signUp", map[string]any{"email": email, "password": password, "displayName": displayName, "returnSecureToken": true})
}

// SignIn signs in with email and password.
func (c *Client) SignIn(ctx context.Context, email, password string) error {
	return c.sign(ctx, "signInWithPassword", map[string]any{"email": email, "password": password, "returnSecureToken": true})
}

func (c *Client) sign(ctx context.Context, method string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var answer struct{ IDToken, RefreshToken string }
	address := c.Auth + "/identitytoolkit.googleapis.com/v1/accounts:" + method + "?key=local"
	if err := c.post(ctx, address, "application/json", bytes.NewReader(encoded), &answer); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	c.Token, c.refresh = answer.IDToken, answer.RefreshToken
	return nil
}

// Refresh gets a new token, with the claims that the user has now.
func (c *Client) Refresh(ctx context.Context) error {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {c.refresh}}
	var answer struct {
		IDToken      string `json:"id_token"`
		RefreshToken string `json:"refresh_token"`
	}
	address := c.Auth + "/securetoken.googleapis.com/v1/token?key=local"
	if err := c.post(ctx, address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), &answer); err != nil {
		return fmt.Errorf("refresh the token: %w", err)
	}
	c.Token, c.refresh = answer.IDToken, answer.RefreshToken
	return nil
}

func (c *Client) post(ctx context.Context, address, contentType string, body io.Reader, answer any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return decode(response, answer)
}
