package event

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodePushKeepsEverything(t *testing.T) {
	m, err := decodePush([]byte(`{"message":{"data":"aGk=","attributes":{"a":"b"},"messageId":"7","message_id":"7",
		"publishTime":"2026-11-22T01:02:03.5Z","orderingKey":"o"},"subscription":"projects/p/subscriptions/user-commands.HandleUserCommand","deliveryAttempt":5}`))
	require.NoError(t, err)
	assert.Equal(t, Message{
		ID: "7", Data: []byte("hi"), Attributes: map[string]string{"a": "b"}, OrderingKey: "o",
		PublishTime:  time.Date(2026, 11, 22, 1, 2, 3, 500_000_000, time.UTC),
		Subscription: "projects/p/subscriptions/user-commands.HandleUserCommand", DeliveryAttempt: 5,
	}, m)
	assert.Equal(t, "user-commands-dead", m.DeadLetterTopic())
	assert.Equal(t, "plain-dead", Message{Subscription: "projects/p/subscriptions/plain"}.DeadLetterTopic())
}

func FuzzDecodePush(f *testing.F) {
	f.Add([]byte(`{"message":{"data":"aGk="},"subscription":"s"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := decodePush(body)
		if err == nil && m.Subscription == "" {
			t.Error("a message without its subscription")
		}
	})
}
