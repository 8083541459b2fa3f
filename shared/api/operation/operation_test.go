package operation_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api/operation"
)

const id = "jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10"

func load(t *testing.T, name string) *operation.Operation {
	t.Helper()
	op, err := operation.Load(name)
	require.NoError(t, err)
	return op
}

func TestLoadRefusesWhatIsNotInTheDocument(t *testing.T) {
	_, err := operation.Load("DropTables")
	require.Error(t, err)
}

func TestMatchReadsPathParameters(t *testing.T) {
	for _, c := range []struct {
		operation, path string
		want            map[string]string
	}{
		{"GetCourse", "/v1/courses/" + id, map[string]string{"course": id}},
		{"GetCourse", "/v1/courses/" + id + ":publish", nil},
		{"GetCourse", "/v1/courses/", nil},
		{"GetCourse", "/v1/courses/a%2Fb", nil},
		{"GetCourse", "/v1/courses/%zz", nil},
		{"GetCourse", "/v1/courses/" + id + "/items", nil},
		{"PublishCourse", "/v1/courses/" + id + ":publish", map[string]string{"course": id}},
		{"PublishCourse", "/v1/courses/" + id, nil},
		{"GrantRole", "/v1/users/me:grantRole", map[string]string{"user": "me"}},
		{"SignContents", "/v1/courses/c/items/i/contents:sign", map[string]string{"course": "c", "item": "i"}},
		{"GetContent", "/v1/courses/c/items/i/contents:sign", nil},
		{"GetContent", "/v1/courses/c/items/%69/contents/k", map[string]string{"course": "c", "item": "i", "content": "k"}},
	} {
		got, ok := load(t, c.operation).Match(c.path)
		assert.Equal(t, c.want != nil, ok, "%s %s", c.operation, c.path)
		assert.Equal(t, c.want, got, "%s %s", c.operation, c.path)
	}
}

func TestValidateNamesWhatIsWrongInABody(t *testing.T) {
	long := strings.Repeat("あ", 201)
	for _, c := range []struct{ name, operation, body, field string }{
		{"fine", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":"1480","currencyCode":"JPY"}}}`, ""},
		{"empty", "CreateCourse", ` `, "body"},
		{"no JSON", "CreateCourse", `{`, "body"},
		{"two values", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER"} {}`, "body"},
		{"no object", "CreateCourse", `[]`, "body"},
		{"not UTF-8", "CreateCourse", "{\"titles\":{\"ja\":\"\xff\"},\"languageCode\":\"ja\",\"level\":\"BEGINNER\"}", "body"},
		{"missing", "CreateCourse", `{"titles":{"ja":"話"},"level":"BEGINNER"}`, "languageCode"},
		{"unknown", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER","state":"PUBLISHED"}`, "state"},
		{"unknown deep", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":"1","currencyCode":"JPY","x":1}}}`, "prices.JP.x"},
		{"type", "CreateCourse", `{"titles":{"ja":5},"languageCode":"ja","level":"BEGINNER"}`, "titles.ja"},
		{"null", "CreateCourse", `{"titles":null,"languageCode":"ja","level":"BEGINNER"}`, "titles"},
		{"enum", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"EXPERT"}`, "level"},
		{"pattern", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":"-1","currencyCode":"JPY"}}}`, "prices.JP.amount"},
		{"number for amount", "CreateCourse", `{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER","prices":{"JP":{"amount":1480,"currencyCode":"JPY"}}}`, "prices.JP.amount"},
		{"too long in characters", "CreateItem", `{"title":"` + long + `","text":"x"}`, "title"},
		{"fits in characters", "CreateItem", `{"title":"` + strings.Repeat("あ", 200) + `","text":"x"}`, ""},
		{"minimum", "CreateItem", `{"title":"t","text":"x","position":0}`, "position"},
		{"maximum", "CreateItem", `{"title":"t","text":"x","position":201}`, "position"},
		{"fraction", "CreateItem", `{"title":"t","text":"x","position":1.5}`, "position"},
		{"exponent", "CreateItem", `{"title":"t","text":"x","position":1e400}`, "position"},
		{"boolean", "UpdateProgress", `{"done":"yes"}`, "done"},
		{"no fields", "UpdateProgress", `{}`, "body"},
	} {
		fields := load(t, c.operation).Body.Validate([]byte(c.body))
		if c.field == "" {
			assert.Empty(t, fields, c.name)
			continue
		}
		if assert.Len(t, fields, 1, c.name) {
			assert.Equal(t, c.field, fields[0].Name, c.name)
		}
	}
}

func TestValidateParameters(t *testing.T) {
	key := http.Header{"Idempotency-Key": {"k"}}
	for _, c := range []struct {
		name, operation string
		path            map[string]string
		query           url.Values
		header          http.Header
		field           string
	}{
		{"fine", "ListCourses", nil, url.Values{"regionCode": {"JP"}, "pageSize": {"5"}}, nil, ""},
		{"unknown", "ListCourses", nil, url.Values{"region": {"JP"}}, nil, "region"},
		{"twice", "ListCourses", nil, url.Values{"regionCode": {"JP", "ID"}}, nil, "regionCode"},
		{"enum", "ListCourses", nil, url.Values{"regionCode": {"US"}}, nil, "regionCode"},
		{"negative", "ListCourses", nil, url.Values{"pageSize": {"-1"}}, nil, "pageSize"},
		{"no number", "ListCourses", nil, url.Values{"pageSize": {"ten"}}, nil, "pageSize"},
		{"id", "GetCourse", map[string]string{"course": "JP-1"}, nil, nil, "course"},
		{"key", "RegisterUser", nil, nil, key, ""},
		{"no key", "RegisterUser", nil, nil, nil, "Idempotency-Key"},
	} {
		fields := load(t, c.operation).ValidateParameters(c.path, c.query, c.header)
		if c.field == "" {
			assert.Empty(t, fields, c.name)
			continue
		}
		if assert.Len(t, fields, 1, c.name) {
			assert.Equal(t, c.field, fields[0].Name, c.name)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"titles":{"ja":"話"},"languageCode":"ja","level":"BEGINNER"}`))
	f.Add([]byte(`{"titles":{"":[]},"prices":{"JP":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		op, err := operation.Load("CreateCourse")
		require.NoError(t, err)
		if len(op.Body.Validate(body)) == 0 && !json.Valid(body) {
			t.Fatalf("%q was accepted", body)
		}
	})
}
