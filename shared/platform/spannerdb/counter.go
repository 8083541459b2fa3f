package spannerdb

import (
	"context"
	"strings"
	"sync"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Count is what a database was asked for.
type Count struct {
	RoundTrips  int64 // calls, those that begin transactions included
	Commits     int64 // calls of Commit that succeeded
	Aborts      int64 // calls that were told to try their transaction again
	RowsWritten int64 // by committed mutations and DML, without the rows of indexes
}

// Add returns the sum of two counts.
func (c Count) Add(d Count) Count {
	return Count{c.RoundTrips + d.RoundTrips, c.Commits + d.Commits, c.Aborts + d.Aborts, c.RowsWritten + d.RowsWritten}
}

// Sub returns what c has more than d.
func (c Count) Sub(d Count) Count {
	return Count{c.RoundTrips - d.RoundTrips, c.Commits - d.Commits, c.Aborts - d.Aborts, c.RowsWritten - d.RowsWritten}
}

// Counter counts the calls of clients that were opened after CountCalls.
type Counter struct {
	mu        sync.Mutex
	databases map[string]Count
}

// counting is the counter of clients yet to be opened, nil in production. mu guards it.
var counting *Counter

// CountCalls makes the clients that Open opens from now on count their calls, for
// measurements. Clients that nobody counts carry no interceptor.
func CountCalls() *Counter {
	mu.Lock()
	defer mu.Unlock()
	if counting == nil {
		counting = &Counter{databases: map[string]Count{}}
	}
	return counting
}

// Databases returns the counts by name of database.
func (c *Counter) Databases() map[string]Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := make(map[string]Count, len(c.databases))
	for name, count := range c.databases {
		counts[name] = count
	}
	return counts
}

// options are those of a client whose calls are counted by c; none if c is nil.
func (c *Counter) options(database string) []option.ClientOption {
	if c == nil {
		return nil
	}
	name := database[strings.LastIndex(database, "/")+1:]
	return []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(
			func(ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
				err := invoke(ctx, method, request, answer, conn, options...)
				c.add(name, ofCall(method, request, answer, err))
				return err
			})),
		option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(
			func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
				stream, err := open(ctx, desc, conn, method, options...)
				c.add(name, ofCall(method, nil, nil, err))
				return countedStream{stream, func(got Count) { c.add(name, got) }}, err
			})),
	}
}

func (c *Counter) add(database string, count Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.databases[database] = c.databases[database].Add(count)
}

// ofCall is what one call counts. Sessions are made once a process and do not.
func ofCall(method string, request, answer any, err error) Count {
	if strings.HasSuffix(method, "Session") || strings.HasSuffix(method, "Sessions") {
		return Count{}
	}
	count := Count{RoundTrips: 1}
	if isAborted(err) {
		count.Aborts = 1
	}
	if err != nil {
		return count
	}
	switch a := answer.(type) {
	case *spannerpb.CommitResponse:
		count.Commits = 1
		for _, m := range request.(*spannerpb.CommitRequest).GetMutations() {
			count.RowsWritten += rowsOf(m)
		}
	case *spannerpb.ResultSet:
		count.RowsWritten = a.GetStats().GetRowCountExact()
	case *spannerpb.ExecuteBatchDmlResponse:
		for _, r := range a.GetResultSets() {
			count.RowsWritten += r.GetStats().GetRowCountExact()
		}
	}
	return count
}

func rowsOf(m *spannerpb.Mutation) int64 {
	if keys := m.GetDelete().GetKeySet(); keys != nil {
		return int64(len(keys.GetKeys()) + len(keys.GetRanges())) // how many a range deletes is not told
	}
	for _, w := range []*spannerpb.Mutation_Write{m.GetInsert(), m.GetUpdate(), m.GetInsertOrUpdate(), m.GetReplace()} {
		if w != nil {
			return int64(len(w.GetValues()))
		}
	}
	return 0
}

// countedStream counts what comes at the end of a stream: rows that DML wrote, and aborts.
type countedStream struct {
	grpc.ClientStream
	count func(Count)
}

// RecvMsg receives the next part.
func (s countedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if isAborted(err) {
		s.count(Count{Aborts: 1})
	}
	if part, ok := m.(*spannerpb.PartialResultSet); ok && err == nil {
		if n := part.GetStats().GetRowCountExact(); n > 0 {
			s.count(Count{RowsWritten: n})
		}
	}
	return err
}

func isAborted(err error) bool { return status.Code(err) == codes.Aborted }
