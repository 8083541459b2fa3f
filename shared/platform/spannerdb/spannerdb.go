// Package spannerdb opens Kwipper's databases and gives the errors of Spanner their meaning.
package spannerdb

import (
	"context"
	"fmt"
	"os"
	"sync"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/health"
)

// reasonUnavailable says that a transaction may succeed when tried again.
const reasonUnavailable = "UNAVAILABLE"

var (
	mu      sync.Mutex
	clients = map[clientKey]*spanner.Client{}
)

type clientKey struct{ database, role, emulator string }

// Open returns the client of the database name ("user", "course", ...), one in a process:
// a function opens its database once, and in the local stack all functions of a service
// share it. A failed opening is not kept.
func Open(ctx context.Context, name string) (*spanner.Client, error) { return OpenAs(ctx, name, "") }

// OpenAs is Open with the rights of a database role alone, which the database's schema
// grants: what the function's account may not do, its queries cannot.
func OpenAs(ctx context.Context, name, role string) (*spanner.Client, error) {
	client, err := opened(ctx, name, role)
	if err != nil {
		return nil, err
	}
	health.Add(ctx, "database "+name, func(ctx context.Context) error { return probe(ctx, client) })
	return client, nil
}

func probe(ctx context.Context, client *spanner.Client) error {
	rows := client.Single().QueryWithOptions(ctx, spanner.Statement{SQL: "SELECT 1"}, spanner.QueryOptions{RequestTag: "probe"})
	return rows.Do(func(*spanner.Row) error { return nil })
}

func opened(ctx context.Context, name, role string) (*spanner.Client, error) {
	database, err := config.Database(name)
	if err != nil {
		return nil, err
	}
	key := clientKey{database, role, os.Getenv("SPANNER_EMULATOR_HOST")}
	mu.Lock()
	defer mu.Unlock()
	if client, ok := clients[key]; ok {
		return client, nil
	}
	// The client's own metrics exporter would cost a connection and memory in each instance.
	client, err := spanner.NewClientWithConfig(context.WithoutCancel(ctx), database, spanner.ClientConfig{
		DisableNativeMetrics: true, DatabaseRole: role,
	}, append(counting.options(database), option.WithGRPCConnectionPool(1))...)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", name, err)
	}
	clients[key] = client
	return client, nil
}

// Fault gives err its meaning where Spanner's code has one for every caller: aborted,
// unavailable and out of time are Unavailable. Faults and all other errors stay as they are.
func Fault(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.Of(err); ok {
		return err
	}
	switch spanner.ErrCode(err) {
	case codes.Aborted, codes.Unavailable, codes.DeadlineExceeded:
		unavailable := fault.New(fault.Unavailable, reasonUnavailable, "%w", err)
		unavailable.Message = "the database is briefly unavailable" // Spanner's words are for the log
		return unavailable
	default:
		return err
	}
}
