package pubsub

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// message is one published message, shared by all subscriptions that have yet to
// acknowledge it. Only holders changes.
type message struct {
	*pb.PubsubMessage
	topic   string
	size    int64
	holders atomic.Int32 // backlogs that hold it; its record goes with the last
}

func newMessage(topic string, content *pb.PubsubMessage) *message {
	return &message{PubsubMessage: content, topic: topic, size: int64(proto.Size(content))}
}

// stamped copies what the publisher may set and adds what the service assigns.
func stamped(content *pb.PubsubMessage, id string, at time.Time) *pb.PubsubMessage {
	return &pb.PubsubMessage{
		Data:        content.GetData(),
		Attributes:  content.GetAttributes(),
		OrderingKey: content.GetOrderingKey(),
		MessageId:   id,
		PublishTime: timestamppb.New(at),
	}
}

// messageIDs hands out ids that grow, also from one process to the next, because they
// follow the machine's clock.
type messageIDs struct {
	mu   sync.Mutex
	last int64
}

func (ids *messageIDs) next(now time.Time) string {
	ids.mu.Lock()
	defer ids.mu.Unlock()
	ids.last = max(ids.last+1, now.UnixMicro())
	return fmt.Sprintf("%016d", ids.last)
}
