package api_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api/internal/generate/resolve"
	"github.com/kwipper/kwipper/shared/api/operation"
)

// table is the interface as it was pinned: changing a line breaks those who call it.
const table = `
POST   /v1/users                                           RegisterUser        token                K
GET    /v1/users/{user}                                    GetUser             self,administrator
PATCH  /v1/users/{user}                                    UpdateUser          self,administrator
POST   /v1/users/{user}:grantRole                          GrantRole           administrator
GET    /v1/courses                                         ListCourses         public
POST   /v1/courses                                         CreateCourse        tutor                K
GET    /v1/courses/{course}                                GetCourse           public
PATCH  /v1/courses/{course}                                UpdateCourse        tutor
POST   /v1/courses/{course}:publish                        PublishCourse       tutor
GET    /v1/courses/{course}/items                          ListItems           public
GET    /v1/courses/{course}/items/{item}                   GetItem             public
POST   /v1/courses/{course}/items                          CreateItem          tutor                K
PATCH  /v1/courses/{course}/items/{item}                   UpdateItem          tutor
DELETE /v1/courses/{course}/items/{item}                   DeleteItem          tutor
GET    /v1/courses/{course}/subscribers                    ListSubscribers     tutor
POST   /v1/courses/{course}/items/{item}/contents          CreateContent       tutor                K
GET    /v1/courses/{course}/items/{item}/contents          ListContents        registered
GET    /v1/courses/{course}/items/{item}/contents/{content}    GetContent      registered
DELETE /v1/courses/{course}/items/{item}/contents/{content}    DeleteContent   tutor
GET    /v1/courses/{course}/items/{item}/contents:sign     SignContents        registered
GET    /v1/users/{user}/progress                           ListProgress        self
GET    /v1/users/{user}/progress/{course}                  GetProgress         self
PATCH  /v1/users/{user}/progress/{course}/items/{item}     UpdateProgress      self
POST   /v1/users/{user}/subscriptions                      Subscribe           self                 K
GET    /v1/users/{user}/subscriptions                      ListSubscriptions   self
GET    /v1/users/{user}/subscriptions/{subscription}       GetSubscription     self
POST   /v1/users/{user}/subscriptions/{subscription}:cancel    CancelSubscription self              K
POST   /v1/users/{user}/paymentMethods                     CreatePaymentMethod self                 K
GET    /v1/users/{user}/paymentMethods                     ListPaymentMethods  self
GET    /v1/users/{user}/paymentMethods/{paymentMethod}     GetPaymentMethod    self
DELETE /v1/users/{user}/paymentMethods/{paymentMethod}     DeletePaymentMethod self
GET    /v1/users/{user}/invoices                           ListInvoices        self
GET    /v1/users/{user}/invoices/{invoice}                 GetInvoice          self
POST   /v1/users/{user}/invoices/{invoice}:pay             PayInvoice          self                 K
POST   /v1/users/{user}/invoices/{invoice}:refund          RefundInvoice       self,administrator   K
POST   /v1/webhooks/{gateway}                              PaymentWebhook      signature
GET    /v1/operations                                      ListOperations      registered
GET    /v1/operations/{operation}                          GetOperation        registered
`

func TestDocumentHasTheOperationsThatWerePinned(t *testing.T) {
	var ids []string
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		column := append(strings.Fields(line), "")
		op, err := operation.Load(column[2])
		require.NoError(t, err)
		assert.Equal(t, column[0], op.Method, op.ID)
		assert.Equal(t, column[1], op.Path, op.ID)
		assert.Equal(t, strings.Split(column[3], ","), op.Access, op.ID)
		assert.Equal(t, column[4] == "K", op.IdempotencyKey, op.ID)
		ids = append(ids, op.ID)
	}
	slices.Sort(ids)
	assert.Equal(t, ids, operation.All())
}

func TestGeneratedFilesAreFresh(t *testing.T) {
	document, err := os.ReadFile("document/openapi.yaml")
	require.NoError(t, err)
	files, err := resolve.Files(document)
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("operation", "operations", name))
		require.NoError(t, err, "run go generate ./shared/api")
		assert.Equal(t, string(want), string(got), "run go generate ./shared/api")
	}
	entries, err := os.ReadDir("operation/operations")
	require.NoError(t, err)
	assert.Len(t, entries, len(files), "run go generate ./shared/api")
	sum, err := resolve.Sum(os.DirFS("."))
	require.NoError(t, err)
	kept, err := os.ReadFile("generated.sum")
	require.NoError(t, err)
	assert.Equal(t, sum, string(kept), "run go generate ./shared/api")
}

func TestReasonsOfOperationsAreInTheEnumAndExplained(t *testing.T) {
	document, err := os.ReadFile("document/openapi.yaml")
	require.NoError(t, err)
	doc, err := resolve.Load(document)
	require.NoError(t, err)
	reasons := doc.Components.Schemas["ErrorReason"].Value
	for _, reason := range reasons.Enum {
		assert.Contains(t, reasons.Description, reason)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			listed, ok := op.Extensions["x-kwipper-reasons"].([]any)
			require.Equal(t, op.Extensions["x-kwipper-reasons"] != nil, ok, "%s %s", method, path)
			for _, reason := range listed {
				assert.Contains(t, reasons.Enum, reason, "%s %s", method, path)
			}
		}
	}
}

func TestExamplesOfRequestsPassValidation(t *testing.T) {
	document, err := os.ReadFile("document/openapi.yaml")
	require.NoError(t, err)
	doc, err := resolve.Load(document)
	require.NoError(t, err)
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			example := op.RequestBody.Value.Content["application/json"].Schema.Value.Example
			if example == nil {
				continue
			}
			body, err := json.Marshal(example)
			require.NoError(t, err)
			resolved, err := operation.Load(op.OperationID)
			require.NoError(t, err)
			assert.Empty(t, resolved.Body.Validate(body), op.OperationID)
		}
	}
}
