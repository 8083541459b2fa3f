package server

import (
	"bytes"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// keyRanges turns a key set into ranges. A single key has as many values as
// whole says; the bounds of ranges may have fewer.
func keyRanges(t *schema.Table, parts []schema.KeyPart, whole int, set *spannerpb.KeySet) ([]rows.Range, error) {
	return keyDecoder{table: t, parts: parts}.ranges(whole, set)
}

// deletedRanges turns the key set of a deletion into ranges. Its keys may hold
// the commit timestamp; where they could, they must not hold times after now.
func deletedRanges(t *schema.Table, set *spannerpb.KeySet, now time.Time) ([]rows.Range, error) {
	return keyDecoder{table: t, parts: t.Key, deletes: true, now: now}.ranges(len(t.Key), set)
}

// keyDecoder decodes the keys of a table or index.
type keyDecoder struct {
	table   *schema.Table
	parts   []schema.KeyPart
	deletes bool
	now     time.Time
}

func (k keyDecoder) ranges(whole int, set *spannerpb.KeySet) ([]rows.Range, error) {
	if set.GetAll() {
		return []rows.Range{rows.All()}, nil
	}
	var ranges []rows.Range
	for _, key := range set.GetKeys() {
		values, err := k.values(key)
		if err == nil && len(values) != whole {
			err = failed("Wrong number of key parts in %s: expected %d, got %d.", k.table.Name, whole, len(values))
		}
		if err == nil {
			err = k.checkPast(values)
		}
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, rows.Prefix(k.parts, values))
	}
	for _, kr := range set.GetRanges() {
		r, err := k.keyRange(kr)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, r)
	}
	return rows.SortRanges(ranges), nil
}

func (k keyDecoder) keyRange(kr *spannerpb.KeyRange) (rows.Range, error) {
	var out rows.Range
	startKey, startClosed := kr.GetStartClosed(), kr.GetStartClosed() != nil
	if !startClosed {
		startKey = kr.GetStartOpen()
	}
	endKey, endClosed := kr.GetEndClosed(), kr.GetEndClosed() != nil
	if !endClosed {
		endKey = kr.GetEndOpen()
	}
	if startKey == nil || endKey == nil {
		return out, invalid("KeyRange on table %s needs a start and an end.", k.table.Name)
	}
	start, err := k.values(startKey)
	if err != nil {
		return out, err
	}
	end, err := k.values(endKey)
	if err != nil {
		return out, err
	}
	if k.deletes && !k.differInLastPart(start, end) {
		return out, unsupported("Deletion of a range of table " + k.table.Name + " whose start and end differ before their last part")
	}
	out.Start = rows.AppendKey([]byte{}, k.parts, start)
	if !startClosed {
		out.Start = value.PrefixEnd(out.Start)
	}
	out.End = rows.AppendKey([]byte{}, k.parts, end)
	if endClosed {
		out.End = value.PrefixEnd(out.End)
	}
	if out.End != nil && bytes.Compare(out.Start, out.End) >= 0 {
		return out, nil // nothing is in it, whatever its bounds
	}
	return out, k.checkPast(start, end)
}

// differInLastPart says whether all but the last part of the longer of two keys
// is the same, which the service requires of the ranges that it deletes.
func (k keyDecoder) differInLastPart(a, b []value.Value) bool {
	prefix := max(len(a), len(b)) - 1
	if prefix <= 0 {
		return true
	}
	return min(len(a), len(b)) >= prefix && bytes.Equal(rows.AppendKey(nil, k.parts, a[:prefix]), rows.AppendKey(nil, k.parts, b[:prefix]))
}

func (k keyDecoder) values(list *structpb.ListValue) ([]value.Value, error) {
	if len(list.GetValues()) > len(k.parts) {
		return nil, failed("Too many key parts for table %s: at most %d, got %d.", k.table.Name, len(k.parts), len(list.GetValues()))
	}
	values := make([]value.Value, len(list.GetValues()))
	for i, pb := range list.GetValues() {
		col := k.table.Columns[k.parts[i].Column]
		if k.deletes && col.AllowCommitTimestamp && pb.GetStringValue() == commitTimestampText {
			values[i] = value.CommitTimestamp()
			continue
		}
		v, err := value.Decode(pb, col.Type)
		if err != nil {
			return nil, failed("Could not parse key part %s of table %s: %v", col.Name, k.table.Name, err)
		}
		values[i] = v
	}
	return values, nil
}

// checkPast checks the times in the keys of a deletion.
func (k keyDecoder) checkPast(keys ...[]value.Value) error {
	if !k.deletes {
		return nil
	}
	for _, key := range keys {
		for i, v := range key {
			col := k.table.Columns[k.parts[i].Column]
			if col.AllowCommitTimestamp && !v.IsNull() && !v.IsCommitTimestamp() && v.AsTime().After(k.now) {
				return failed("Cannot write timestamps in the future, found: %s", v.Text())
			}
		}
	}
	return nil
}
