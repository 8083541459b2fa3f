package createcourse_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/createcourse"
	"github.com/kwipper/kwipper/shared/api"
)

func TestCreateCourse(t *testing.T) {
	w := coursetesting.New(t)
	good := functiontesting.Call{Method: http.MethodPost, Path: "/v1/courses", Token: w.Tutor, Header: map[string]string{"Idempotency-Key": "k"}, Body: map[string]any{
		"titles": map[string]string{"ja": "日本語会話", "en-us": "Conversational Japanese"}, "languageCode": "ja", "level": "BEGINNER",
		"prices": map[string]any{"JP": map[string]string{"amount": "1480", "currencyCode": "JPY"}, "ID": map[string]string{"amount": "149000.5", "currencyCode": "IDR"}},
	}}
	made := functiontesting.Into[api.Course](t, good.Do(t, createcourse.Handle), http.StatusCreated)
	assert.Equal(t, api.CourseStateDRAFT, made.State)
	assert.Equal(t, "users/"+w.TutorID, made.Tutor)
	assert.Equal(t, api.Titles{"ja": "日本語会話", "en-US": "Conversational Japanese"}, made.Titles)
	assert.Equal(t, "149000.50", made.Prices["ID"].Amount)
	assert.Regexp(t, "^courses/jp-", made.Name)
	assert.Equal(t, made, functiontesting.Into[api.Course](t, good.Do(t, createcourse.Handle), http.StatusCreated), "a repetition")

	other := good
	other.Body = map[string]any{"titles": map[string]string{"ja": "別"}, "languageCode": "ja", "level": "BEGINNER"}
	functiontesting.Refused(t, other.Do(t, createcourse.Handle), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")

	for field, body := range map[string]string{
		"prices.JP.amount":       `{"titles":{"ja":"x"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":"14.80","currencyCode":"JPY"}}}`,
		"prices.JP.currencyCode": `{"titles":{"ja":"x"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":"1","currencyCode":"MXN"}}}`,
		"prices.US":              `{"titles":{"ja":"x"},"languageCode":"ja","level":"BEGINNER","prices":{"US":{"amount":"1","currencyCode":"JPY"}}}`,
		"titles":                 `{"titles":{},"languageCode":"ja","level":"BEGINNER"}`,
		"titles.ja":              `{"titles":{"ja":" "},"languageCode":"ja","level":"BEGINNER"}`,
		"state":                  `{"titles":{"ja":"x"},"languageCode":"ja","level":"BEGINNER","state":"PUBLISHED"}`,
	} {
		wrong := functiontesting.Call{Method: http.MethodPost, Path: "/v1/courses", Token: w.Tutor, Body: body}
		assert.Equal(t, []string{field}, functiontesting.Refused(t, wrong.Do(t, createcourse.Handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	}
	functiontesting.CheckRefusals(t, createcourse.Handle, "CreateCourse", w.Issuer, good, w.Learner)
}
