package deleteitem_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/deleteitem"
)

func TestDeleteItem(t *testing.T) {
	w := coursetesting.New(t)
	id, items := w.Published(t, "a", "b")
	good := functiontesting.Call{Method: http.MethodDelete, Path: "/v1/courses/" + id + "/items/" + items[0], Token: w.Tutor}
	functiontesting.CheckRefusals(t, deleteitem.Handle, "DeleteItem", w.Issuer, good, w.Other)

	stale := good
	stale.Header = map[string]string{"If-Match": `"7"`}
	functiontesting.Refused(t, stale.Do(t, deleteitem.Handle), http.StatusConflict, "ETAG_MISMATCH")
	assert.Equal(t, http.StatusNoContent, good.Do(t, deleteitem.Handle).Status)
	functiontesting.Refused(t, good.Do(t, deleteitem.Handle), http.StatusNotFound, "NOT_FOUND")
	good.Path = "/v1/courses/" + id + "/items/" + items[1]
	functiontesting.Refused(t, good.Do(t, deleteitem.Handle), http.StatusBadRequest, "COURSE_INCOMPLETE")
}
