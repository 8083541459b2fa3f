package updateitem_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/updateitem"
	"github.com/kwipper/kwipper/shared/api"
)

func TestUpdateItem(t *testing.T) {
	w := coursetesting.New(t)
	id, items := w.Draft(t, "a", "b", "c")
	good := functiontesting.Call{Method: http.MethodPatch, Path: "/v1/courses/" + id + "/items/" + items[0], Token: w.Tutor, Body: map[string]any{"position": 3}}

	moved := functiontesting.Into[api.Item](t, good.Do(t, updateitem.Handle), http.StatusOK)
	assert.Equal(t, int32(3), moved.Position)
	assert.Equal(t, "text of a", moved.Text)
	edit := good
	edit.Body = map[string]any{"text": "新しい", "etag": moved.Etag}
	edited := functiontesting.Into[api.Item](t, edit.Do(t, updateitem.Handle), http.StatusOK)
	assert.Equal(t, "新しい", edited.Text)
	assert.Equal(t, "a", edited.Title)
	functiontesting.Refused(t, edit.Do(t, updateitem.Handle), http.StatusConflict, "ETAG_MISMATCH")

	edit.Path, edit.Body = good.Path+"?updateMask=title", map[string]any{}
	assert.Equal(t, []string{"title"}, functiontesting.Refused(t, edit.Do(t, updateitem.Handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	edit.Path, edit.Body = "/v1/courses/"+id+"/items/jp-00000000-0000-4000-8000-000000000000", map[string]any{"title": "x"}
	functiontesting.Refused(t, edit.Do(t, updateitem.Handle), http.StatusNotFound, "NOT_FOUND")
	functiontesting.CheckRefusals(t, updateitem.Handle, "UpdateItem", w.Issuer, good, w.Other)
}
