package identity

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

const (
	passwordMinLength     = 6
	passwordMaxLength     = 4096
	passwordIterations    = 50_000
	passwordSaltSizeBytes = 16
)

// passwordHash is all that is kept of a password.
type passwordHash struct {
	Salt       []byte `json:"salt"`
	Iterations int    `json:"iterations"`
	Sum        []byte `json:"sum"`
}

func hashPassword(password string) (*passwordHash, error) {
	salt := make([]byte, passwordSaltSizeBytes)
	rand.Read(salt)
	sum, err := pbkdf2.Key(sha256.New, password, salt, passwordIterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	return &passwordHash{Salt: salt, Iterations: passwordIterations, Sum: sum}, nil
}

func (h *passwordHash) matches(password string) bool {
	if h == nil || len(password) > passwordMaxLength {
		return false
	}
	sum, err := pbkdf2.Key(sha256.New, password, h.Salt, h.Iterations, len(h.Sum))
	return err == nil && subtle.ConstantTimeCompare(sum, h.Sum) == 1
}
