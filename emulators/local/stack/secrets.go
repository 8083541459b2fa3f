package stack

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The identities that the stack plays. None of them exists anywhere else.
const (
	invoker     = "invoker@" + Project + ".iam.gserviceaccount.com"
	mediaSigner = "media@" + Project + ".iam.gserviceaccount.com"
	stripeKey   = "sk_test_local"
)

// secrets are made once for a data directory and live in it.
type secrets struct {
	PageToken string `json:"pageToken"`
	Webhook   string `json:"webhook"`
	Media     string `json:"media"` // PEM of the key that signs URLs

	media *rsa.PrivateKey
}

func (s *Stack) openSecrets(context.Context) error {
	file := s.dir("secrets.json")
	if file != "" {
		text, err := os.ReadFile(file)
		if err == nil {
			if err := json.Unmarshal(text, &s.secret); err != nil {
				return fmt.Errorf("read %s: %w", file, err)
			}
			return s.secret.parse()
		}
		if !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := s.secret.make(); err != nil {
		return err
	}
	if file == "" {
		return nil
	}
	text, err := json.Marshal(s.secret)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func (k *secrets) make() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	k.media, k.Media = key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
	k.PageToken, k.Webhook = random(), "whsec_"+random()
	return nil
}

func (k *secrets) parse() error {
	block, _ := pem.Decode([]byte(k.Media))
	if block == nil {
		return errors.New("the media key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("the media key: %w", err)
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok {
		return fmt.Errorf("the media key is a %T, not RSA", key)
	}
	k.media = rsaKey
	return nil
}

func random() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
