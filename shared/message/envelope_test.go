package message_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/message"
)

func command() message.Command {
	return message.Command{
		Version: message.Version, Saga: "jp-1", Step: "GetUserInfo", Service: message.User,
		Name: message.GetUserInfoCommand, Country: "jp", Body: json.RawMessage(`{"userId":"jp-2"}`),
	}
}

func TestCommandAndReplyRoundTrip(t *testing.T) {
	data, err := json.Marshal(command())
	require.NoError(t, err)
	got, err := message.DecodeCommand(data)
	require.NoError(t, err)
	var body message.GetUserInfo
	require.NoError(t, got.Decode(&body))
	assert.Equal(t, "jp-2", body.UserID)

	reply, err := got.Reply(message.UserInfo{UserID: "jp-2"})
	require.NoError(t, err)
	data, err = json.Marshal(reply)
	require.NoError(t, err)
	again, err := message.DecodeReply(data)
	require.NoError(t, err)
	assert.Equal(t, reply, again)
	assert.Equal(t, "DONE", again.Attributes()["outcome"])
}

func TestDecodeRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON":         `{`,
		"newer version":   `{"version":99,"saga":"s","step":"a","service":"user","name":"n"}`,
		"no version":      `{"saga":"s","step":"a","service":"user","name":"n"}`,
		"no saga":         `{"version":1,"step":"a","service":"user","name":"n","outcome":"DONE"}`,
		"unknown outcome": `{"version":1,"saga":"s","step":"a","outcome":"MAYBE"}`,
		"empty refusal":   `{"version":1,"saga":"s","step":"a","outcome":"REFUSED"}`,
	} {
		_, err := message.DecodeReply([]byte(data))
		require.Error(t, err, name)
		_, err = message.DecodeCommand([]byte(data))
		require.Error(t, err, name)
	}
}

func TestRefuseNamesTheStep(t *testing.T) {
	r := command().Refuse("not found", "USER_NOT_FOUND", "no such user", map[string]string{"user": "jp-2"})
	assert.Equal(t, message.Refused, r.Outcome)
	assert.Equal(t, "GetUserInfo", r.Failure.Step)
}

func FuzzDecodeReply(f *testing.F) {
	f.Add([]byte(`{"version":1,"saga":"s","step":"a","outcome":"DONE"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := message.DecodeReply(data); err == nil {
			assert.NotEmpty(t, r.Saga)
		}
	})
}
