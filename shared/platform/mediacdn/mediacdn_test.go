package mediacdn_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Cloud CDN takes no other
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/mediacdn"
)

const (
	host    = "media.kwipper.example"
	encoded = "AAECAwQFBgcICQoLDA0ODw=="
	object  = "jp-course/jp-item/1/jp-video"
)

// verify checks a request as Cloud CDN's page on signed URLs says that it does: the signed
// text is URLPrefix, Expires and KeyName in this order, without the rest of the address.
func verify(address string, key []byte, keyName string, now time.Time) error {
	asked, query, _ := strings.Cut(address, "?")
	policy, signature, found := strings.Cut(query, "&Signature=")
	if !found {
		return errors.New("unsigned: the bucket refuses it")
	}
	mac := hmac.New(sha1.New, key)
	mac.Write([]byte(policy))
	if given, err := base64.URLEncoding.DecodeString(signature); err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return errors.New("another signature")
	}
	parts := strings.Split(policy, "&")
	if len(parts) != 3 || parts[2] != "KeyName="+keyName {
		return errors.New("another policy or key")
	}
	prefix, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(parts[0], "URLPrefix="))
	if err != nil || !strings.HasPrefix(asked, string(prefix)) || strings.Contains(string(prefix), "?") {
		return errors.New("another prefix")
	}
	expires, err := strconv.ParseInt(strings.TrimPrefix(parts[1], "Expires="), 10, 64)
	if err != nil || now.Unix() > expires {
		return errors.New("expired")
	}
	return nil
}

func TestSignatureIsAsDocumented(t *testing.T) {
	s, err := mediacdn.New(host, "k1:"+encoded+"\n")
	require.NoError(t, err)
	expires := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	got, err := s.Sign(object, expires)
	require.NoError(t, err)
	// The signature is what openssl makes of the policy.
	assert.Equal(t, "https://media.kwipper.example/jp-course/jp-item/1/jp-video"+
		"?URLPrefix=aHR0cHM6Ly9tZWRpYS5rd2lwcGVyLmV4YW1wbGUvanAtY291cnNlL2pwLWl0ZW0vMS9qcC12aWRlbw=="+
		"&Expires=4102444800&KeyName=k1&Signature=-LSSYx5P2k2ZpWtg-VmQ-4SRYxQ=", got)
	key, err := base64.URLEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.NoError(t, verify(got, key, "k1", expires))
	require.NoError(t, verify(strings.Replace(got, "?", "/segment-7.ts?", 1), key, "k1", expires), "a stream's segments")
}

func TestAnAlteredAddressIsRefused(t *testing.T) {
	s, err := mediacdn.New(host, "k1:"+encoded)
	require.NoError(t, err)
	key, err := base64.URLEncoding.DecodeString(encoded)
	require.NoError(t, err)
	expires := time.Now().Add(time.Hour)
	good, err := s.Sign(object, expires)
	require.NoError(t, err)
	require.NoError(t, verify(good, key, "k1", time.Now()))
	at := strconv.FormatInt(expires.Unix(), 10)
	for name, altered := range map[string]string{
		"another object":    strings.Replace(good, "/jp-video?", "/jp-other?", 1),
		"the item":          strings.Replace(good, "/jp-video?", "?", 1),
		"another host":      strings.Replace(good, host, "other.example", 1),
		"a longer life":     strings.Replace(good, at, at+"0", 1),
		"another key":       strings.Replace(good, "KeyName=k1", "KeyName=k2", 1),
		"another signature": strings.Replace(good, "Signature=", "Signature=A", 1),
		"no signature":      good[:strings.Index(good, "&Signature=")],
	} {
		assert.Error(t, verify(altered, key, "k1", time.Now()), name)
	}
	assert.Error(t, verify(good, []byte("sixteen bytes ok"), "k1", time.Now()))
	assert.Error(t, verify(good, key, "k1", expires.Add(time.Second)))
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct{ host, key, want string }{
		"no host":        {"", "k1:" + encoded, "name of a host"},
		"a scheme":       {"https://" + host, "k1:" + encoded, "name of a host"},
		"a port":         {host + ":443", "k1:" + encoded, "name of a host"},
		"a path":         {host + "/jp", "k1:" + encoded, "name of a host"},
		"no name":        {host, encoded, "its name, a colon"},
		"a strange name": {host, "k&1:" + encoded, "its name, a colon"},
		"a short key":    {host, "k1:AAECAw==", "not 16 bytes"},
		"no base64":      {host, "k1:///////////////////////==", "not 16 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mediacdn.New(c.host, c.key)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), encoded, "a key is in no error")
		})
	}
}

func TestSignRefuses(t *testing.T) {
	s, err := mediacdn.New(host, "k1:"+encoded)
	require.NoError(t, err)
	for _, object := range []string{"", "/jp-course", "jp-course/", "jp-course/../id-course", "jp-course//x", "jp-course?x=1", "jp-course/a b", "jp-course%2Fx"} {
		_, err := s.Sign(object, time.Now().Add(time.Hour))
		assert.ErrorContains(t, err, "plain path", object)
	}
	_, err = s.Sign(object, time.Now().Add(-time.Second))
	assert.ErrorContains(t, err, "would have expired")
}
