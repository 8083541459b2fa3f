package auth

import (
	"context"

	"github.com/kwipper/kwipper/shared/fault"
)

// Service verifies an OIDC token of Google's services and that it stands for account.
func (v *Verifier) Service(ctx context.Context, token, account string) error {
	var claims struct {
		Email         string `json:"email"`
		EmailVerified bool   `json:"email_verified"`
	}
	if _, err := v.verify(ctx, token, &claims); err != nil {
		return err
	}
	if claims.Email != account || !claims.EmailVerified {
		return fault.New(fault.PermissionDenied, ReasonPermissionDenied, "the token is not that of the invoking service account")
	}
	return nil
}
