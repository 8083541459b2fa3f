package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/kwipper/kwipper/emulators/journal"
)

const keyBits = 2048

// signingKey signs the tokens of one issuer.
type signingKey struct {
	id      string
	private *rsa.PrivateKey
	signer  jose.Signer
}

func newSigningKey(private *rsa.PrivateKey) (*signingKey, error) {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&private.PublicKey))
	id := hex.EncodeToString(sum[:20])
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private, KeyID: id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	return &signingKey{id: id, private: private, signer: signer}, nil
}

func generateSigningKey() (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("generate signing key: %w", err)
	}
	return newSigningKey(private)
}

// loadSigningKey returns the key stored under name, after making it on first use.
func loadSigningKey(store *journal.Store, name string) (*signingKey, error) {
	encoded, found, err := store.Get(keyPrefix + name)
	if err != nil {
		return nil, err
	}
	if found {
		private, err := x509.ParsePKCS1PrivateKey(encoded)
		if err != nil {
			return nil, fmt.Errorf("read signing key %s: %w", name, err)
		}
		return newSigningKey(private)
	}
	key, err := generateSigningKey()
	if err != nil {
		return nil, err
	}
	return key, store.Write(key.change(name))
}

func (k *signingKey) change(name string) journal.Change {
	return journal.Put(keyPrefix+name, x509.MarshalPKCS1PrivateKey(k.private))
}

func (k *signingKey) sign(claims map[string]any) (string, error) {
	token, err := jwt.Signed(k.signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}

func (k *signingKey) jwks() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: &k.private.PublicKey, KeyID: k.id, Algorithm: string(jose.RS256), Use: "sig",
	}}}
}

// verifySignature returns the claims of a token signed by the holder of key.
func verifySignature(key *rsa.PublicKey, token string) (map[string]any, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("parse token: %w", err)
	}
	claims := map[string]any{}
	if err := parsed.Claims(key, &claims); err != nil {
		return nil, fmt.Errorf("verify token: %w", err)
	}
	return claims, nil
}
