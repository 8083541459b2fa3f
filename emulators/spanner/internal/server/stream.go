package server

import (
	"encoding/binary"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// A message of a stream is sent when it has reached one of these sizes.
const (
	messageBytes  = 256 << 10
	messageValues = 4096
)

// resumeToken tells how far a stream had come.
type resumeToken struct {
	rows uint64
	ts   store.Timestamp // of a snapshot
}

func parseResumeToken(token []byte) (resumeToken, error) {
	if len(token) == 0 {
		return resumeToken{}, nil
	}
	if len(token) != 16 {
		return resumeToken{}, invalid("Invalid resume token.")
	}
	return resumeToken{
		rows: binary.BigEndian.Uint64(token), ts: store.Timestamp(binary.BigEndian.Uint64(token[8:])),
	}, nil
}

func (r resumeToken) bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.rows), uint64(r.ts))
}

// sender turns rows into the messages of a result stream.
type sender struct {
	fields []value.Field
	access *access
	send   func(*spannerpb.PartialResultSet) error

	metadata *spannerpb.ResultSetMetadata // until it is sent
	values   []*structpb.Value
	size     int
	whole    bool   // run again it may give other rows, and cannot be resumed
	skip     uint64 // rows sent before the stream was resumed
	rows     uint64 // rows seen
}

func newSender(fields []value.Field, a *access, resume resumeToken, send func(*spannerpb.PartialResultSet) error) *sender {
	return &sender{
		fields: fields, access: a, send: send, skip: resume.rows,
		metadata: &spannerpb.ResultSetMetadata{RowType: value.RowType(fields), Transaction: a.begun},
	}
}

// row adds a row, given by the values of its columns.
func (o *sender) row(column func(int) value.Value) error {
	o.rows++
	if o.rows <= o.skip {
		return nil
	}
	for i, field := range o.fields {
		v := column(i)
		if v.IsCommitTimestamp() {
			return failed("Column %s holds the commit timestamp of this transaction, which is not known before it is committed.", field.Name)
		}
		o.values = append(o.values, value.Encode(v, field.Type))
		o.size += v.Size()
	}
	if o.size >= messageBytes || len(o.values) >= messageValues {
		return o.flush(&spannerpb.PartialResultSet{})
	}
	return nil
}

func (o *sender) flush(message *spannerpb.PartialResultSet) error {
	message.Metadata, message.Values = o.metadata, o.values
	if !o.whole {
		message.ResumeToken = resumeToken{rows: o.rows, ts: o.access.ts}.bytes()
	}
	if o.metadata != nil {
		message.PrecommitToken = o.access.txn.precommitToken()
	}
	o.metadata, o.values, o.size = nil, nil, 0
	return o.send(message)
}

// finish sends what is left.
func (o *sender) finish(stats *spannerpb.ResultSetStats) error {
	if o.metadata == nil && len(o.values) == 0 && stats == nil {
		return nil
	}
	return o.flush(&spannerpb.PartialResultSet{Stats: stats, Last: true})
}

// gathered makes one result set of a stream.
type gathered struct {
	metadata *spannerpb.ResultSetMetadata
	stats    *spannerpb.ResultSetStats
	token    *spannerpb.MultiplexedSessionPrecommitToken
	values   []*structpb.Value
}

func (g *gathered) add(message *spannerpb.PartialResultSet) error {
	if message.Metadata != nil {
		g.metadata = message.Metadata
	}
	if message.PrecommitToken != nil {
		g.token = message.PrecommitToken
	}
	g.stats = message.Stats
	g.values = append(g.values, message.Values...)
	return nil
}

func (g *gathered) resultSet() (*spannerpb.ResultSet, error) {
	out := &spannerpb.ResultSet{Metadata: g.metadata, Stats: g.stats, PrecommitToken: g.token}
	width := len(g.metadata.GetRowType().GetFields())
	for i := 0; i < len(g.values); i += width {
		out.Rows = append(out.Rows, &structpb.ListValue{Values: g.values[i : i+width]})
	}
	return out, nil
}
