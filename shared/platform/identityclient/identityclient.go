// Package identityclient writes the custom claims of users' tokens through the Identity
// Toolkit API. A front end sees them after it has refreshed its token.
package identityclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2/google"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
)

const (
	defaultEndpoint = "https://identitytoolkit.googleapis.com"
	scope           = "https://www.googleapis.com/auth/identitytoolkit"
	requestTimeout  = 10 * time.Second
	answerLimit     = 1 << 20

	// maxAttributesBytes is what the identity service takes.
	maxAttributesBytes = 1000
)

// Client speaks to the Identity Toolkit API of Kwipper's project.
type Client struct {
	http     *http.Client
	endpoint string
	project  string
	token    string // of an emulator; empty where http authorises
}

// Open returns a client. With IDENTITY_ADMIN_ENDPOINT it speaks to an emulator there, which
// takes the word "owner" for an administrator's token; else it has the application's
// default credentials.
func Open(ctx context.Context) (*Client, error) {
	project, err := config.Project()
	if err != nil {
		return nil, err
	}
	if config.Optional("IDENTITY_ADMIN_ENDPOINT", "") != "" {
		endpoint, err := config.URL("IDENTITY_ADMIN_ENDPOINT")
		if err != nil {
			return nil, err
		}
		return &Client{http: &http.Client{Timeout: requestTimeout}, endpoint: endpoint, project: project, token: "owner"}, nil
	}
	authorised, err := google.DefaultClient(context.WithoutCancel(ctx), scope)
	if err != nil {
		return nil, fmt.Errorf("open the identity client: %w", err)
	}
	authorised.Timeout = requestTimeout
	return &Client{http: authorised, endpoint: defaultEndpoint, project: project}, nil
}

// SetAccount replaces the custom claims of the account subject, which its tokens carry, and
// its display name unless that is empty. Repeating it does no harm. A subject that the
// identity service does not know is NotFound.
func (c *Client) SetAccount(ctx context.Context, subject, displayName string, claims map[string]any) error {
	attributes, err := json.Marshal(claims)
	if err != nil {
		return fmt.Errorf("encode the claims: %w", err)
	}
	if len(attributes) > maxAttributesBytes {
		return fmt.Errorf("the claims have %d bytes, more than %d", len(attributes), maxAttributesBytes)
	}
	change := map[string]string{"localId": subject, "customAttributes": string(attributes)}
	if displayName != "" {
		change["displayName"] = displayName
	}
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("encode the claims: %w", err)
	}
	address := c.endpoint + "/v1/projects/" + url.PathEscape(c.project) + "/accounts:update"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("write claims: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = response.Body.Close() }() // nothing is lost when it fails
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err != nil {
		return unavailable(err)
	}
	return outcome(response.StatusCode, answer)
}

// outcome gives the answer its meaning: an account that does not exist is NotFound, what
// may pass is Unavailable, everything else is a mistake of ours and so unknown.
func outcome(status int, answer []byte) error {
	if status == http.StatusOK {
		return nil
	}
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(answer, &body) // an answer of another shape has no message
	switch {
	case body.Error.Message == "USER_NOT_FOUND":
		return fault.New(fault.NotFound, "NOT_FOUND", "the identity service does not know the account")
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return unavailable(fmt.Errorf("status %d: %s", status, body.Error.Message))
	default:
		return fmt.Errorf("write claims: the identity service answered %d: %s", status, body.Error.Message)
	}
}

func unavailable(err error) error {
	f := fault.New(fault.Unavailable, "UNAVAILABLE", "%w", err)
	f.Message = "the identity service is briefly unavailable"
	return fmt.Errorf("write claims: %w", f)
}
