package query

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// partitioned returns the one scan that a root-partitionable query is made of,
// below conditions and computed columns only; nil if its rows are one partition.
func (st *Statement) partitioned() (*scanNode, error) {
	if st.plan == nil {
		return nil, status.Error(codes.InvalidArgument, "Only a query can be partitioned.")
	}
	if len(st.scans) == 0 || st.whole {
		return nil, nil
	}
	if st.ordered {
		return nil, errNotPartitionable
	}
	at := st.plan.node
	for len(st.scans) == 1 {
		switch n := at.(type) {
		case *scanNode:
			if n.limited {
				return nil, errNotPartitionable
			}
			return n, nil
		case *filterNode:
			at = n.input
		case *projectNode:
			at = n.input
		default:
			return nil, errNotPartitionable
		}
	}
	return nil, errNotPartitionable
}

var errNotPartitionable = status.Error(codes.InvalidArgument, "Query is not root partitionable since it does not have a DistributedUnion at the root. "+
	"Please check the conditions for a query to be root-partitionable.")

// isOrdered reports whether the rows of a query come in an order of its own.
func isOrdered(q ast.QueryExpr) bool {
	switch q := q.(type) {
	case *ast.Query:
		return q.OrderBy != nil || isOrdered(q.Query)
	case *ast.SubQuery:
		return isOrdered(q.Query)
	}
	return false
}

// isWhole reads the hint of the official emulator, which the service ignores, that
// a query is root-partitionable though the emulator does not see it.
func isWhole(h *ast.Hint) bool {
	return h != nil && slices.ContainsFunc(h.Records, func(rec *ast.HintRecord) bool {
		return strings.EqualFold(rec.Key.SQL(), "spanner_emulator.disable_query_partitionability_check") && strings.EqualFold(rec.Value.SQL(), "true")
	})
}

// EachKey calls visit with the encoded keys of the rows that a query reads, in
// order, or not at all if its rows are one partition.
func (b *Bound) EachKey(ctx context.Context, r rows.Reader, visit func(key []byte, row []value.Value)) error {
	n, err := b.st.partitioned()
	if n == nil || err != nil {
		return err
	}
	e := b.env(ctx, source{r})
	ranges, err := n.ranges(e)
	if err != nil || len(ranges) == 0 {
		return err
	}
	columns := slices.Clone(n.columns)
	for _, part := range n.parts {
		columns = append(columns, part.Column)
	}
	cur := e.src.Scan(ctx, Scan{Table: n.table, Index: n.index, Ranges: ranges, Columns: columns})
	defer cur.Close()
	for cur.Next() {
		if err := e.step(); err != nil {
			return err
		}
		var key []byte
		for _, part := range n.parts {
			key = value.AppendKey(key, cur.Row()[part.Column], part.Desc)
		}
		visit(key, cur.Row())
	}
	return cur.Err()
}

// QueryPart runs a query on the rows whose keys lie in a range only.
func (b *Bound) QueryPart(ctx context.Context, r rows.Reader, part KeyRange) (*Rows, error) {
	if _, err := b.st.partitioned(); err != nil {
		return nil, err
	}
	return b.QueryFrom(ctx, clipped{Source: source{r}, part: part})
}

// clipped reads a part of what there is.
type clipped struct {
	Source
	part KeyRange
}

// Scan implements Source.
func (c clipped) Scan(ctx context.Context, s Scan) Cursor {
	var inside []KeyRange
	for _, r := range s.Ranges {
		if bytes.Compare(r.Start, c.part.Start) < 0 {
			r.Start, r.Point = c.part.Start, false
		}
		if c.part.End != nil && (r.End == nil || bytes.Compare(c.part.End, r.End) < 0) {
			r.End, r.Point = c.part.End, false
		}
		if r.End == nil || bytes.Compare(r.Start, r.End) < 0 {
			inside = append(inside, r)
		}
	}
	if len(inside) == 0 {
		return noRows{}
	}
	s.Ranges = inside
	return c.Source.Scan(ctx, s)
}

// noRows is a cursor over nothing.
type noRows struct{}

func (noRows) Next() bool         { return false }
func (noRows) Row() []value.Value { return nil }
func (noRows) Err() error         { return nil }
func (noRows) Close()             {}
