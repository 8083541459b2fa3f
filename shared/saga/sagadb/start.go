package sagadb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/saga"
)

// Start stores a new saga, together with its idempotency key, and publishes its first
// commands. A repetition, by key or by a saga id that exists already, gets the saga as it
// stands now, replayed is true then; its first commands are published again if they are
// still unanswered after duplicateWithin. The zero key is for those who derive the saga's id from what it is about.
//
// A failure to publish does not fail Start: the saga is there, and due at once.
func (s *Store) Start(ctx context.Context, key idempotency.Key, n saga.New) (begun saga.Saga, replayed bool, err error) {
	definition, err := s.registry.Current(n.Definition)
	if err != nil {
		return saga.Saga{}, false, fmt.Errorf("start saga: %w", err)
	}
	if n.ID == "" && key.Hash != "" {
		n.ID = key.NewID(n.Country)
	}
	n.Trace = telemetry.Parent(ctx)
	begun, commands, err := saga.Begin(definition, n, s.clock.Now())
	if err != nil {
		return saga.Saga{}, false, fmt.Errorf("start saga: %w", err)
	}
	replayed, err = s.insert(ctx, key, begun)
	if err != nil {
		return saga.Saga{}, false, fmt.Errorf("start saga %s: %w", n.ID, err)
	}
	if replayed {
		if begun, commands, err = s.again(ctx, n.ID); err != nil {
			return saga.Saga{}, false, err
		}
	}
	s.publishFirst(ctx, begun, commands)
	return begun, replayed, nil
}

// insert stores the saga and its key in one transaction. It reports whether the saga was
// there before.
func (s *Store) insert(ctx context.Context, key idempotency.Key, begun saga.Saga) (there bool, err error) {
	mutation, err := insertion(begun)
	if err != nil {
		return false, err
	}
	if key.Hash == "" {
		_, err = s.client.Apply(ctx, []*spanner.Mutation{mutation}, spanner.TransactionTag("saga-start"))
	} else {
		_, there, err = idempotencydb.Once(ctx, s.client, key, func(_ context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
			answer, err := idempotency.NewAnswer(http.StatusAccepted, map[string]string{"name": "operations/" + begun.ID})
			if err != nil {
				return idempotency.Answer{}, err
			}
			return answer, txn.BufferWrite([]*spanner.Mutation{mutation})
		})
	}
	if spanner.ErrCode(errors.Unwrap(err)) == codes.AlreadyExists || spanner.ErrCode(err) == codes.AlreadyExists {
		return true, nil // the id is made from what the saga is about, or the key's time was over
	}
	return there, spannerdb.Fault(err)
}

// duplicateWithin is how soon after a start a repetition is taken for a duplicate of the
// request, whose sender is still publishing, rather than for a second try.
const duplicateWithin = 5 * time.Second

// again returns a saga that was started before, with the first commands if they are still
// unanswered.
func (s *Store) again(ctx context.Context, id string) (saga.Saga, []message.Command, error) {
	begun, err := s.Get(ctx, id)
	if err != nil {
		return saga.Saga{}, nil, err
	}
	if s.clock.Now().Sub(begun.MoveTime) < duplicateWithin {
		return begun, nil, nil
	}
	definition, err := s.registry.Of(begun)
	if err != nil {
		return saga.Saga{}, nil, fault.New(fault.Unavailable, "UNAVAILABLE", "start saga again: %w", err)
	}
	begun, commands, err := saga.Advance(definition, begun, saga.Started(), s.clock.Now())
	if err != nil {
		return saga.Saga{}, nil, fmt.Errorf("start saga again: %w", err)
	}
	return begun, commands, nil
}

func (s *Store) publishFirst(ctx context.Context, begun saga.Saga, commands []message.Command) {
	if len(commands) == 0 {
		return
	}
	ctx, span := telemetry.GoOn(ctx, "start saga", begun.Trace)
	defer span.End("")
	span.Set("saga", begun.ID)
	if err := s.publisher.PublishCommands(ctx, commands); err != nil {
		slog.WarnContext(ctx, "first commands not published; the saga is due", "saga", begun.ID, "error", err)
	}
}
