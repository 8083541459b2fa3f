// Package topology says what lies between the functions: topics and who gets their
// messages, queues, scheduled calls, buckets. The local stack provisions it, and
// terraform/wiring.json, from which the cloud is provisioned, is generated from it. No
// function imports it.
package topology

import "github.com/kwipper/kwipper/shared/message"

// Push is a push subscription: a topic's messages to an event function.
type Push struct {
	Topic    string
	Function string
	Filter   string // in Pub/Sub's language of filters; empty is everything
}

// Name returns the subscription's id. Event functions find their dead-letter topic by it.
func (p Push) Name() string { return p.Topic + "." + p.Function }

// DeadLetterTopic returns the topic of what could not be delivered from topic.
func DeadLetterTopic(topic string) string { return topic + "-dead" }

// UploadsTopic is where Cloud Storage says what was uploaded.
const UploadsTopic = "media-uploads"

// Pushes are all push subscriptions.
var Pushes = []Push{
	{Topic: message.CommandTopic(message.User), Function: "HandleUserCommand"},
	{Topic: message.CommandTopic(message.Course), Function: "HandleCourseCommand"},
	{Topic: message.CommandTopic(message.Content), Function: "HandleContentCommand"},
	{Topic: message.CommandTopic(message.Subscription), Function: "HandleSubscriptionCommand"},
	{Topic: message.CommandTopic(message.Billing), Function: "Pay", Filter: `attributes.command = "` + message.DoPaymentCommand + `"`},
	{Topic: message.CommandTopic(message.Billing), Function: "Refund", Filter: `attributes.command = "` + message.RefundPaymentCommand + `"`},
	{Topic: message.RepliesTopic, Function: "Orchestrate"},
	{Topic: UploadsTopic, Function: "FinalizeUpload"},
}

// RenewalQueues are the ring of queues of Cloud Tasks that renewals are spread over.
var RenewalQueues = []string{"renewals-0", "renewals-1", "renewals-2", "renewals-3"}

// PaymentQueue holds what billing asks the payment gateway again.
const PaymentQueue = "payment-retries"

// Job is a scheduled call of an event function.
type Job struct {
	Function string
	Cron     string // in UTC
	// Often says that it looks after what has not moved. A clock that travels does not stop
	// at each of its instants; it runs once at each stop.
	Often bool
}

// Jobs are all scheduled calls.
var Jobs = []Job{
	{Function: "ResumeSagas", Cron: "* * * * *", Often: true},
	{Function: "EnqueueRenewals", Cron: "0 */6 * * *"},
	{Function: "EndSubscriptions", Cron: "0 */6 * * *"},
	{Function: "CheckLedger", Cron: "30 * * * *", Often: true},
}

// Tasks are the event functions that tasks call, with the queues they come from.
var Tasks = map[string][]string{
	"RenewBilling":     RenewalQueues,
	"EnqueueRenewals":  RenewalQueues[:1],
	"EndSubscriptions": RenewalQueues[:1],
	"RetryPayment":     {PaymentQueue},
}

// Countries have a bucket each, by their codes in lower case.
var Countries = []string{"id", "jp", "ph", "mx"}

// Media says what a function does to objects in the buckets: create, read or delete them.
// Those who only sign URLs have no right of their own; the signing account has.
var Media = map[string][]string{
	"CreateContent": {"create"}, "DeleteContent": {"read", "delete"}, "FinalizeUpload": {"read", "delete"}, "SignContents": {},
}

// StatusPath is where the front door shows whether a service is ready.
func StatusPath(service string) string { return "/status/" + service }

// Status names, for each service, the function whose readiness stands for it.
var Status = map[string]string{
	"user": "GetUser", "course": "ListCourses", "content": "GetContent", "subscription": "ListSubscriptions",
	"billing": "ListInvoices", "saga": "GetOperation",
}
