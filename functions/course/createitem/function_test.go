package createitem_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/createitem"
	"github.com/kwipper/kwipper/shared/api"
)

func TestCreateItem(t *testing.T) {
	w := coursetesting.New(t)
	id, _ := w.Draft(t, "a")
	good := functiontesting.Call{
		Method: http.MethodPost, Path: "/v1/courses/" + id + "/items", Token: w.Tutor, Header: map[string]string{"Idempotency-Key": "k"},
		Body: map[string]any{"title": "挨拶", "text": "おはようございます。", "position": 1},
	}
	made := functiontesting.Into[api.Item](t, good.Do(t, createitem.Handle), http.StatusCreated)
	assert.Equal(t, int32(1), made.Position)
	assert.Equal(t, "おはようございます。", made.Text)
	assert.Equal(t, int32(30), made.TextSizeBytes)
	assert.Equal(t, made, functiontesting.Into[api.Item](t, good.Do(t, createitem.Handle), http.StatusCreated), "a repetition")

	large := good
	large.Header, large.Body = nil, map[string]any{"title": "t", "text": strings.Repeat("あ", 30000)}
	assert.Equal(t, []string{"text"}, functiontesting.Refused(t, large.Do(t, createitem.Handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	large.Body = map[string]any{"title": "t", "text": strings.Repeat("x", 65536)}
	functiontesting.Into[api.Item](t, large.Do(t, createitem.Handle), http.StatusCreated)
	functiontesting.CheckRefusals(t, createitem.Handle, "CreateItem", w.Issuer, good, w.Other)
	good.Token = w.Learner
	functiontesting.Refused(t, good.Do(t, createitem.Handle), http.StatusForbidden, "PERMISSION_DENIED")
}
