package auth

import "context"

// User verifies a user's token. Identity, country and roles are its claims.
func (v *Verifier) User(ctx context.Context, token string) (Caller, error) {
	var claims struct {
		UserID   string   `json:"userId"`
		Country  string   `json:"country"`
		Roles    []string `json:"roles"`
		Name     string   `json:"name"`
		Language string   `json:"language"`
	}
	verified, err := v.verify(ctx, token, &claims)
	if err != nil {
		return Caller{}, err
	}
	return Caller{
		Subject: verified.Subject, UserID: claims.UserID, Country: claims.Country,
		Roles: claims.Roles, DisplayName: claims.Name, Language: claims.Language,
	}, nil
}
