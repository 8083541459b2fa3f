// Package readstesting shows tests how Kwipper reads its databases: by which index or
// key, and how many rows. A package that reads a database has a test that fills it, calls
// all that reads, and calls [Reads.CoverPackage], which fails for a read without an
// assertion.
package readstesting

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
)

// Reads watches the reads and queries of a client.
type Reads struct {
	// Client is watched.
	Client *spanner.Client

	mu       sync.Mutex
	now      []string        // since Expect began
	asserted map[string]bool // tags
}

// Watch opens the test database of that name (projects/P/instances/I/databases/D).
func Watch(t testing.TB, database string) *Reads {
	t.Helper()
	r := &Reads{asserted: map[string]bool{}}
	watch := option.WithGRPCDialOption(grpc.WithChainStreamInterceptor(
		func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
			stream, err := open(ctx, desc, conn, method, options...)
			return &watched{ClientStream: stream, add: r.add}, err
		}))
	client, err := spanner.NewClientWithConfig(context.Background(), database,
		spanner.ClientConfig{DisableNativeMetrics: true}, watch)
	if err != nil {
		t.Fatalf("connect to test database: %v", err)
	}
	t.Cleanup(client.Close)
	r.Client = client
	return r
}

// Expect calls do and compares the reads it makes, in any order, with want: lines
//
//	TAG: N rows by INDEX OR TABLE
//
// where TAG is the request tag, N how many rows of tables and indexes were read, and
// "of all" instead of "by" says that neither a key nor a condition on an index bounded it.
// A query without tables reads "of no table".
func (r *Reads) Expect(t testing.TB, do func() error, want ...string) {
	t.Helper()
	r.mu.Lock()
	r.now = nil
	r.mu.Unlock()
	if err := do(); err != nil {
		t.Errorf("read: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.ElementsMatch(t, want, r.now)
	for _, line := range want {
		tag, _, _ := strings.Cut(line, ": ")
		r.asserted[tag] = true
	}
}

func (r *Reads) add(tag string, rows int64, way string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = append(r.now, fmt.Sprintf("%s: %d rows %s", tag, rows, way))
}
