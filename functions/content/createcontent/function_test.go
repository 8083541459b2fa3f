package createcontent_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/createcontent"
	"github.com/kwipper/kwipper/shared/api"
)

func TestCreateContent(t *testing.T) {
	w := contenttesting.New(t)
	body := map[string]any{"kind": "VIDEO", "filename": "レッスン 1.mp4", "mimeType": "video/mp4", "sizeBytes": 100, "durationSeconds": 3}
	call := func(key string, body any) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodPost, Path: w.Path(""), Token: w.Tutor, Body: body,
			Header: map[string]string{"Idempotency-Key": key, "Origin": contenttesting.Origin}}.Do(t, createcontent.Handle)
	}
	created := functiontesting.Into[api.Content](t, call("k1", body), http.StatusCreated)
	assert.Equal(t, api.ContentState("AWAITING_UPLOAD"), created.State)
	assert.NotEmpty(t, created.UploadURI)
	assert.False(t, created.Published)
	again := functiontesting.Into[api.Content](t, call("k1", body), http.StatusCreated)
	assert.Equal(t, created, again, "the same session")
	contenttesting.Upload(t, created.UploadURI, contenttesting.Movie(100))

	names := make([]string, 20)
	var group sync.WaitGroup
	for i := range names {
		group.Go(func() {
			answer := call("many", body)
			if answer.Status == http.StatusConflict {
				functiontesting.Refused(t, answer, http.StatusConflict, "IDEMPOTENCY_KEY_IN_FLIGHT")
				assert.NotEmpty(t, answer.Header.Get("Retry-After"))
				return
			}
			names[i] = functiontesting.Into[api.Content](t, answer, http.StatusCreated).Name
		})
	}
	group.Wait()
	one := functiontesting.Into[api.Content](t, call("many", body), http.StatusCreated).Name
	for _, name := range names {
		assert.Contains(t, []string{"", one}, name)
	}

	wrong := func(field string, value any) map[string]any {
		changed := map[string]any{}
		for name, v := range body {
			changed[name] = v
		}
		changed[field] = value
		return changed
	}
	for field, values := range map[string][]any{
		"mimeType": {"video/avi", "text/html\nx"}, "filename": {"a/b", "a\nb", "", "..\\x"}, "sizeBytes": {0, 1 << 40}, "durationSeconds": {0}, "kind": {"LIVE"},
	} {
		for _, value := range values {
			assert.Contains(t, functiontesting.Refused(t, call("bad", wrong(field, value)), http.StatusBadRequest, "INVALID_ARGUMENT"), field)
		}
	}
	functiontesting.Refused(t, call("k1", wrong("sizeBytes", 99)), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	good := functiontesting.Call{Method: http.MethodPost, Path: w.Path(""), Token: w.Tutor, Body: body}
	functiontesting.CheckRefusals(t, createcontent.Handle, "CreateContent", w.Issuer, good, w.Learner)
}
