package event

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// publisher is where replies and dead letters go.
type publisher interface {
	Publish(ctx context.Context, topic string, data []byte, attributes map[string]string) error
}

// Command serves a push subscription of commands: it decodes the command, handles it and
// publishes the reply, unless that is zero. A final fault of an action becomes a refusal; a
// compensation cannot be refused, its faults are delivered again until an operator helps.
func Command[D any](
	name string,
	wire func(context.Context) (D, error),
	handle func(context.Context, D, message.Command) (message.Reply, error),
) http.HandlerFunc {
	return pushed(name, wire, func(ctx context.Context, dependencies D, to publisher, m Message) error {
		command, err := message.DecodeCommand(m.Data)
		if err != nil {
			return fault.New(fault.InvalidArgument, ReasonMalformed, "%w", err)
		}
		reply, err := handle(ctx, dependencies, command)
		if err != nil {
			return settle(ctx, to, command, err)
		}
		return publishReply(ctx, to, reply)
	})
}

// settle answers a command that failed for good with a refusal.
func settle(ctx context.Context, to publisher, command message.Command, err error) error {
	if !fault.Final(err) {
		return err
	}
	if command.Compensation {
		return fault.New(fault.Internal, "COMPENSATION_REFUSED", "%s of saga %s: %w", command.Name, command.Saga, err)
	}
	return publishReply(ctx, to, Refuse(command, err))
}

// Refuse makes the reply that refuses a command with the fault in err.
func Refuse(command message.Command, err error) message.Reply {
	f := trigger.Classify(err)
	return command.Refuse(f.Kind.String(), f.Reason, f.Message, f.Metadata)
}

func publishReply(ctx context.Context, to publisher, reply message.Reply) error {
	if reply.Outcome == "" {
		return nil // nothing to say yet
	}
	data, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	return to.Publish(ctx, message.RepliesTopic, data, reply.Attributes())
}

// Reply serves the push subscription of replies.
func Reply[D any](
	name string,
	wire func(context.Context) (D, error),
	handle func(context.Context, D, message.Reply) error,
) http.HandlerFunc {
	return pushed(name, wire, func(ctx context.Context, dependencies D, _ publisher, m Message) error {
		reply, err := message.DecodeReply(m.Data)
		if err != nil {
			return fault.New(fault.InvalidArgument, ReasonMalformed, "%w", err)
		}
		reply.MessageID = m.ID
		return handle(ctx, dependencies, reply)
	})
}

// pushed serves a push subscription. A message that fails for good goes to the dead-letter
// topic before it is acknowledged.
func pushed[D any](
	name string,
	wire func(context.Context) (D, error),
	handle func(context.Context, D, publisher, Message) error,
) http.HandlerFunc {
	wiring := trigger.NewWiring(verifying(name, wire))
	e := &endpoint{name: name, health: health.NewEndpoint(wiring.Probes), open: func(d delivery) (work, error) {
		m, err := decodePush(d.body)
		if err != nil {
			return work{}, err
		}
		return work{origin: telemetry.OriginOfAttributes(m.Attributes), due: m.PublishTime, do: func(ctx context.Context) error {
			to, err := pubsubclient.Open(ctx)
			if err != nil {
				return err
			}
			dependencies, err := wiring.Get(ctx)
			if err != nil {
				return asRetry(err)
			}
			if err = handle(ctx, dependencies, to, m); fault.Final(err) {
				return bury(ctx, to, m, err)
			}
			return err
		}}, nil
	}}
	return e.ServeHTTP
}

// bury publishes a message to the dead-letter topic, with where it came from and why.
func bury(ctx context.Context, to publisher, m Message, cause error) error {
	attributes := map[string]string{}
	for key, value := range m.Attributes {
		attributes[key] = value
	}
	f := trigger.Classify(cause)
	attributes["deadReason"] = f.Reason
	attributes["deadMessageId"] = m.ID
	attributes["CloudPubSubDeadLetterSourceSubscription"] = m.Subscription
	attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = strconv.Itoa(m.DeliveryAttempt)
	if err := to.Publish(ctx, m.DeadLetterTopic(), m.Data, attributes); err != nil {
		return asRetry(err)
	}
	return cause
}

// asRetry makes sure that a failure of ours is not taken for one of the message's.
func asRetry(err error) error {
	if !fault.Final(err) {
		return err
	}
	return fault.New(fault.Internal, "INTERNAL", "%w", err)
}
