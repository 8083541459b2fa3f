package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"cloud.google.com/go/spanner/apiv1/spannerpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Sizes of partitions.
const (
	partitionBytes = 1 << 30 // that a partition has if nothing is said
	maxPartitions  = 10_000
	sampledKeys    = 8192 // kept at most to choose the bounds from
)

// splitter chooses the keys where a result is split, from keys in order.
type splitter struct {
	most  int
	bytes int64 // of a partition

	kept   [][]byte // every step-th key
	step   int
	rows   int
	volume int64
}

func newSplitter(o *spannerpb.PartitionOptions) *splitter {
	s := &splitter{most: int(min(o.GetMaxPartitions(), maxPartitions)), bytes: o.GetPartitionSizeBytes(), step: 1}
	if s.most == 0 {
		s.most = maxPartitions
		if s.bytes == 0 {
			s.bytes = partitionBytes
		}
	}
	return s
}

func (s *splitter) add(key []byte, row []value.Value) {
	if s.rows%s.step == 0 {
		if len(s.kept) == sampledKeys {
			for i := range sampledKeys / 2 {
				s.kept[i] = s.kept[2*i]
			}
			s.kept, s.step = s.kept[:sampledKeys/2], s.step*2
		}
		if s.rows%s.step == 0 {
			s.kept = append(s.kept, key)
		}
	}
	s.rows++
	for _, v := range row {
		s.volume += int64(v.Size())
	}
}

// bounds returns the keys at which partitions but the first begin.
func (s *splitter) bounds() [][]byte {
	n := s.most
	if s.bytes > 0 {
		n = int(min(int64(n), s.volume/s.bytes+1))
	}
	n = min(n, len(s.kept))
	var out [][]byte
	for i := 1; i < n; i++ {
		out = append(out, s.kept[i*len(s.kept)/n])
	}
	return out
}

// response makes a token for each partition. The first begins before all keys,
// the last ends behind all: together they are everything, and nothing is in two.
func (s *splitter) response(a *access, session string, selector *spannerpb.TransactionSelector, statement string) *spannerpb.PartitionResponse {
	id := selector.GetId()
	if a.begun != nil {
		id = a.begun.Id
	}
	resp := &spannerpb.PartitionResponse{Transaction: a.begun}
	var start []byte
	for _, end := range append(s.bounds(), nil) {
		resp.Partitions = append(resp.Partitions, &spannerpb.Partition{PartitionToken: sealToken(session, id, statement, start, end)})
		start = end
	}
	return resp
}

// A partition token holds digests of the session, the transaction and the
// statement that it was made for, the range of keys, and a digest of all that.
const digestBytes = 8

func digest(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:digestBytes]
}

func sealToken(session string, id []byte, statement string, start, end []byte) []byte {
	token := bytes.Join([][]byte{digest([]byte(session)), digest(id), digest([]byte(statement))}, nil)
	token = binary.BigEndian.AppendUint32(token, uint32(len(start)))
	token = append(append(token, start...), end...)
	return append(token, digest(token)...)
}

// openToken returns the range of keys in a token; a nil end is behind all keys.
func openToken(token []byte, session string, id []byte, statement string) (start, end []byte, err error) {
	const head = 3*digestBytes + 4
	if len(token) < head+digestBytes {
		return nil, nil, invalid("Invalid partition token.")
	}
	body, sum := token[:len(token)-digestBytes], token[len(token)-digestBytes:]
	size := int64(binary.BigEndian.Uint32(body[3*digestBytes:]))
	if !bytes.Equal(digest(body), sum) || head+size > int64(len(body)) {
		return nil, nil, invalid("Invalid partition token.")
	}
	for i, want := range []struct {
		of   []byte
		what string
	}{
		{[]byte(session), "session"}, {id, "transaction"}, {[]byte(statement), "read or sql parameters"},
	} {
		if !bytes.Equal(body[i*digestBytes:(i+1)*digestBytes], digest(want.of)) {
			article := "a different "
			if i == 2 {
				article = "different "
			}
			return nil, nil, invalid("Partitioned request was created for %s%s.", article, want.what)
		}
	}
	start, end = body[head:head+size], body[head+size:]
	if len(end) == 0 {
		end = nil
	}
	return start, end, nil
}
