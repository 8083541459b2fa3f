package control

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/emulators/identity"
)

type tokenRequest struct {
	// User is an email, a local id, or our own id or name (users/jp-...). One that is not
	// known gets a token of an identity without an account.
	User   string         `json:"user"`
	Role   string         `json:"role"`   // in place of the account's roles
	Claims map[string]any `json:"claims"` // in addition to the account's

	Expired       bool `json:"expired"`
	WrongIssuer   bool `json:"wrongIssuer"`
	WrongAudience bool `json:"wrongAudience"`
	WrongKey      bool `json:"wrongKey"`
}

type tokenAnswer struct {
	Token         string `json:"token"`
	Authorization string `json:"authorization"` // the header to send
	User          string `json:"user"`
	Known         bool   `json:"known"` // there is an account
}

// roles are what a role in a request stands for: whoever teaches or administers learns, too.
var roles = map[string][]string{
	"learner": {"learner"}, "tutor": {"learner", "tutor"}, "administrator": {"learner", "administrator"},
}

// token issues a token without a password, a wrong one if asked for.
func (c *server) token(_ context.Context, r *http.Request) (any, error) {
	var request tokenRequest
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	if strings.TrimSpace(request.User) == "" {
		return nil, invalid("user", "is required: an email, a local id or a user's name")
	}
	claims := map[string]any{}
	for name, value := range request.Claims {
		claims[name] = value
	}
	if request.Role != "" {
		given, ok := roles[strings.ToLower(request.Role)]
		if !ok {
			return nil, invalid("role", "%q is none of learner, tutor, administrator", request.Role)
		}
		claims["roles"] = given
	}
	account := c.find(request.User)
	token, err := c.Identity.MintUserToken(account, claims, identity.MintOptions{
		Expired: request.Expired, WrongIssuer: request.WrongIssuer, WrongAudience: request.WrongAudience, WrongKey: request.WrongKey,
	})
	if err != nil {
		return nil, invalid("claims", "%v", err)
	}
	_, known := c.Identity.FindUser(account)
	return tokenAnswer{Token: token, Authorization: "Bearer " + token, User: request.User, Known: known}, nil
}

// find returns what the identity service calls a user.
func (c *server) find(user string) string {
	id := strings.TrimPrefix(user, "users/")
	all := c.Identity.Users()
	i := slices.IndexFunc(all, func(u identity.User) bool { return u.Claims["userId"] == id })
	if i < 0 {
		return user
	}
	return all[i].LocalID
}
