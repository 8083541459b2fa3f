package stack

import (
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

// The names of the project that the stack plays.
const (
	Project  = "kwipper-local"
	Region   = "local"
	Instance = "projects/" + Project + "/instances/kwipper"
)

// schemas are the databases with their DDL.
var schemas = map[string]func() []string{
	"user": userdb.Schema, "course": coursedb.Schema, "content": contentdb.Schema,
	"subscription": subscriptiondb.Schema, "billing": billingdb.Schema, "saga": sagadb.Schema,
}

// uploadsTopic is where Cloud Storage says what was uploaded.
const uploadsTopic = "media-uploads"

// push is a push subscription: a topic's messages, filtered, to a function.
type push struct {
	topic, function, filter string
}

var pushes = []push{
	{topic: message.CommandTopic(message.User), function: "HandleUserCommand"},
	{topic: message.CommandTopic(message.Course), function: "HandleCourseCommand"},
	{topic: message.CommandTopic(message.Content), function: "HandleContentCommand"},
	{topic: message.CommandTopic(message.Subscription), function: "HandleSubscriptionCommand"},
	{topic: message.CommandTopic(message.Billing), function: "Pay", filter: `attributes.command = "` + message.DoPaymentCommand + `"`},
	{topic: message.CommandTopic(message.Billing), function: "Refund", filter: `attributes.command = "` + message.RefundPaymentCommand + `"`},
	{topic: message.RepliesTopic, function: "Orchestrate"},
	{topic: uploadsTopic, function: "FinalizeUpload"},
}

// The queues of Cloud Tasks: a ring of renewals, and one of what billing asks again.
var renewalQueues = []string{"renewals-0", "renewals-1", "renewals-2", "renewals-3"}

const paymentQueue = "payment-retries"

// job is a scheduler job that calls a function.
type job struct {
	function, cron string
	// often says that it looks after what has not moved. A clock that travels does not stop
	// at each of its instants; it runs once at each stop.
	often bool
}

var jobs = []job{
	{function: "ResumeSagas", cron: "* * * * *", often: true},
	{function: "EnqueueRenewals", cron: "0 */6 * * *"},
	{function: "EndSubscriptions", cron: "0 */6 * * *"},
}

// countries have a bucket each.
var countries = []string{"id", "jp", "ph", "mx"}

func buckets() []string {
	names := make([]string, len(countries))
	for i, c := range countries {
		names[i] = "kwipper-media-" + c
	}
	return names
}
