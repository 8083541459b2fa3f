package signcontents_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/contenttesting"
	"github.com/kwipper/kwipper/functions/content/signcontents"
	"github.com/kwipper/kwipper/shared/api"
)

func TestSignContents(t *testing.T) {
	w := contenttesting.New(t)
	data := contenttesting.Movie(500)
	c := w.Published(t, data)
	w.Draft(t, 100)
	good := functiontesting.Call{Method: http.MethodGet, Path: w.Path(":sign"), Token: w.Learner}
	answer := good.Do(t, signcontents.Handle)
	assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	signed := functiontesting.Into[api.SignedContents](t, answer, http.StatusOK).Contents
	require.Len(t, signed, 1, "what is not ready has no URL")
	assert.Equal(t, c.Name(), signed[0].Name)
	assert.EqualValues(t, 500, signed[0].SizeBytes)
	assert.Less(t, time.Until(signed[0].ExpireTime), time.Hour, "no longer than access")
	for _, uri := range []string{signed[0].URI, signed[0].DownloadURI} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, data, got)
	}

	own := good
	own.Token = w.Tutor
	assert.Len(t, functiontesting.Into[api.SignedContents](t, own.Do(t, signcontents.Handle), http.StatusOK).Contents, 1)
	late := "jp-" + uuid.NewString()
	w.Enroll(t, late, w.CourseID, time.Now().Add(-time.Second))
	for _, token := range []string{w.Other, w.OtherTutor, w.Issuer.User(t, late, "learner")} {
		call := good
		call.Token = token
		functiontesting.Refused(t, call.Do(t, signcontents.Handle), http.StatusForbidden, "SUBSCRIPTION_REQUIRED")
	}
	functiontesting.CheckRefusals(t, signcontents.Handle, "SignContents", w.Issuer, good, "")
}
