package sagadb

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga"
)

const (
	table    = "Sagas"
	shards   = 16
	keptDays = 90 // after the end
)

// reasonUnknown is the reason of an event for a saga that does not exist (any more).
const reasonUnknown = "UNKNOWN_SAGA"

// Publisher sends commands to their services, and returns when the broker has them.
type Publisher interface {
	PublishCommands(ctx context.Context, commands []message.Command) error
}

// Store keeps sagas and drives them. Make it with New.
type Store struct {
	client    *spanner.Client
	publisher Publisher
	registry  *saga.Registry
	clock     clock.Clock
	queues    queues
}

// New makes a store over the saga database. Those who only read need no publisher.
func New(client *spanner.Client, publisher Publisher, registry *saga.Registry, clock clock.Clock) *Store {
	return &Store{client: client, publisher: publisher, registry: registry, clock: clock}
}

// Get returns the saga of that id, read strongly, or a NotFound fault.
func (s *Store) Get(ctx context.Context, id string) (saga.Saga, error) {
	row, err := s.client.Single().ReadRowWithOptions(ctx, table, spanner.Key{id}, []string{"State"},
		&spanner.ReadOptions{RequestTag: "saga-get"})
	if err != nil {
		return saga.Saga{}, missing(id, err)
	}
	return decode(row)
}

// load returns the saga inside txn, locked for writing so that two events that come at
// once wait for one another rather than abort.
func load(ctx context.Context, txn *spanner.ReadWriteTransaction, id string) (saga.Saga, error) {
	row, err := txn.ReadRowWithOptions(ctx, table, spanner.Key{id}, []string{"State"},
		&spanner.ReadOptions{RequestTag: "saga-load", LockHint: spannerpb.ReadRequest_LOCK_HINT_EXCLUSIVE})
	if err != nil {
		return saga.Saga{}, missing(id, err)
	}
	return decode(row)
}

func missing(id string, err error) error {
	if spanner.ErrCode(err) == codes.NotFound {
		return fault.New(fault.NotFound, reasonUnknown, "there is no saga %s", id)
	}
	return spannerdb.Fault(fmt.Errorf("read saga %s: %w", id, err))
}

func decode(row *spanner.Row) (saga.Saga, error) {
	var state string
	if err := row.ColumnByName("State", &state); err != nil {
		return saga.Saga{}, fmt.Errorf("read saga: %w", err)
	}
	var s saga.Saga
	if err := json.Unmarshal([]byte(state), &s); err != nil {
		return saga.Saga{}, fmt.Errorf("decode saga: %w", err)
	}
	return s, nil
}

// insertion is the mutation that stores a new saga.
func insertion(s saga.Saga) (*spanner.Mutation, error) {
	values, err := changing(s)
	if err != nil {
		return nil, err
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(s.ID))
	for name, value := range map[string]any{
		"Country": s.Country, "OwnerUserId": s.Owner, "Definition": s.Definition, "Version": int64(s.Version),
		"StartTime": s.StartTime, "DueShard": int64(hash.Sum32() % shards),
	} {
		values[name] = value
	}
	return spanner.InsertMap(table, values), nil
}

// update is the mutation that stores a saga that has changed.
func update(s saga.Saga) (*spanner.Mutation, error) {
	values, err := changing(s)
	if err != nil {
		return nil, err
	}
	return spanner.UpdateMap(table, values), nil
}

// changing returns the columns that change while a saga runs, with its key.
func changing(s saga.Saga) (map[string]any, error) {
	state, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode saga %s: %w", s.ID, err)
	}
	values := map[string]any{
		"SagaId": s.ID, "Phase": phase(s), "Stuck": s.Stuck != "", "Done": s.Finished(),
		"DueTime": spanner.NullTime{Time: s.DueTime, Valid: !s.DueTime.IsZero()},
		"State":   string(state), "PurgeTime": spanner.NullTime{},
	}
	if s.Finished() {
		values["PurgeTime"] = spanner.NullTime{Time: time.Now().AddDate(0, 0, keptDays), Valid: true}
	}
	return values, nil
}

// phase is the saga's phase for people who look into the table, and for those who wait
// until nothing is in flight: a saga that waits for a person is none of theirs.
func phase(s saga.Saga) string {
	if _, waits := s.AwaitsPerson(); waits {
		return string(saga.Waiting)
	}
	return string(s.Phase)
}
