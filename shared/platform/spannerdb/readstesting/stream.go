package readstesting

import (
	"errors"
	"io"
	"strconv"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc"
)

// watched is the stream of one read or query. It asks for the profile of queries.
type watched struct {
	grpc.ClientStream
	add func(tag string, rows int64, way string)

	tag     string
	way     string // of a read, and of a query when its plan has come
	query   bool
	columns int
	values  int
	scanned int64
	ended   bool
}

// SendMsg sends the request.
func (w *watched) SendMsg(m any) error {
	switch m := m.(type) {
	case *spannerpb.ReadRequest:
		w.tag, w.way = m.GetRequestOptions().GetRequestTag(), wayOfRead(m)
	case *spannerpb.ExecuteSqlRequest:
		w.tag, w.query = m.GetRequestOptions().GetRequestTag(), true
		m.QueryMode = spannerpb.ExecuteSqlRequest_PROFILE
	}
	return w.ClientStream.SendMsg(m)
}

// RecvMsg receives the next part of the result.
func (w *watched) RecvMsg(m any) error {
	err := w.ClientStream.RecvMsg(m)
	part, ok := m.(*spannerpb.PartialResultSet)
	switch {
	case errors.Is(err, io.EOF) || ok && err == nil && part.GetLast():
		if ok && err == nil {
			w.count(part)
		}
		w.end()
	case ok && err == nil:
		w.count(part)
	}
	return err
}

func (w *watched) count(part *spannerpb.PartialResultSet) {
	if fields := part.GetMetadata().GetRowType().GetFields(); len(fields) > 0 {
		w.columns = len(fields)
	}
	w.values += len(part.GetValues())
	if part.GetChunkedValue() {
		w.values-- // it goes on in the next part
	}
	if stats := part.GetStats(); stats.GetQueryPlan() != nil {
		w.way = wayOfPlan(stats.GetQueryPlan())
		w.scanned, _ = strconv.ParseInt(stats.GetQueryStats().GetFields()["rows_scanned"].GetStringValue(), 10, 64)
	}
}

func (w *watched) end() {
	if w.ended || w.way == "" {
		return
	}
	w.ended = true
	rows := w.scanned
	if !w.query && w.columns > 0 {
		rows = int64(w.values / w.columns) // a read looks at no row that it does not return
	}
	w.add(w.tag, rows, w.way)
}

func wayOfRead(m *spannerpb.ReadRequest) string {
	target := m.GetTable()
	if m.GetIndex() != "" {
		target = m.GetIndex()
	}
	if m.GetKeySet().GetAll() {
		return "of all " + target
	}
	return "by " + target
}

// wayOfPlan names the scans of a plan.
func wayOfPlan(plan *spannerpb.QueryPlan) string {
	way := ""
	for _, n := range plan.GetPlanNodes() {
		fields := n.GetMetadata().GetFields()
		target := fields["scan_target"].GetStringValue()
		if target == "" {
			continue
		}
		word := "by "
		if fields["Full scan"].GetStringValue() == "true" {
			word = "of all "
		}
		if way != "" {
			way += " and "
		}
		way += word + target
	}
	if way == "" {
		return "of no table"
	}
	return way
}
