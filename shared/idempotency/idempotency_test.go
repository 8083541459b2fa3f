package idempotency_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/idempotency"
)

func TestKeyNamesTheRequest(t *testing.T) {
	key := idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(`{"a":1,"b":[1e400,2]}`))
	same := idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte("{ \"b\": [1e400, 2],\n \"a\": 1 }"))
	assert.Equal(t, key, same, "blanks and order make no difference")

	for name, other := range map[string]idempotency.Key{
		"caller": idempotency.NewKey("uid2", "CreateCourse", "jp", "k", "/", nil),
		"route":  idempotency.NewKey("uid", "CreateItem", "jp", "k", "/", nil),
		"key":    idempotency.NewKey("uid", "CreateCourse", "jp", "k2", "/", nil),
		"border": idempotency.NewKey("uidC", "reateCourse", "jp", "k", "/", nil),
	} {
		assert.NotEqual(t, key.Hash, other.Hash, name)
	}
	for name, other := range map[string]idempotency.Key{
		"value":         idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(`{"a":2,"b":[1e400,2]}`)),
		"type":          idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(`{"a":"1","b":[1e400,2]}`)),
		"path":          idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/x", []byte(`{"a":1,"b":[1e400,2]}`)),
		"no JSON":       idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(`{"a":1`)),
		"large integer": idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", []byte(`{"a":1,"b":[1e400,2.0]}`)),
	} {
		assert.Equal(t, key.Hash, other.Hash, name)
		assert.NotEqual(t, key.Fingerprint, other.Fingerprint, name)
	}
}

func TestIDsAreDerivedAndCarryTheCountry(t *testing.T) {
	key := idempotency.NewKey("uid", "CreateCourse", "jp", "k", "/", nil)
	id := key.NewID("jp")
	assert.Regexp(t, regexp.MustCompile(`^jp-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), id)
	assert.Equal(t, id, key.NewID("jp"))
}

func TestNewAnswer(t *testing.T) {
	answer, err := idempotency.NewAnswer(201, map[string]string{"a": "b"})
	assert.NoError(t, err)
	assert.Equal(t, 201, answer.Status)
	assert.JSONEq(t, `{"a":"b"}`, string(answer.Body))
	_, err = idempotency.NewAnswer(201, func() {})
	assert.Error(t, err)
}
