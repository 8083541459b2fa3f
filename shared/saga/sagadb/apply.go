package sagadb

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/saga"
)

// Reply applies a participant's reply to its saga. Once it returns nil the reply may be
// acknowledged: what follows from it is stored and published.
func (s *Store) Reply(ctx context.Context, r message.Reply) error {
	return s.apply(ctx, r.Saga, saga.Replied(r))
}

// Resume is an operator's command to try again what is stuck in the saga of that id.
func (s *Store) Resume(ctx context.Context, id string) error {
	return s.apply(ctx, id, saga.Resumed())
}

// step is what a transaction did: the saga before and after it, the commands that follow,
// and the errors of the events that could not be applied.
type step struct {
	before, after saga.Saga
	commands      []message.Command
	errs          []error
}

// transact applies the events, in order, in one transaction, then publishes the commands.
// An event that cannot be applied does not keep the others from it.
func (s *Store) transact(ctx context.Context, id string, events []saga.Event) []error {
	var done step
	options := spanner.TransactionOptions{TransactionTag: "saga-advance"}
	_, err := s.client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		before, err := load(ctx, txn, id)
		if err != nil {
			return err
		}
		if done, err = s.advance(before, events); err != nil || done.after.Revision == before.Revision {
			return err
		}
		mutation, err := update(done.after)
		if err != nil {
			return err
		}
		return txn.BufferWrite([]*spanner.Mutation{mutation})
	}, options)
	if err == nil {
		err = s.goOn(ctx, done)
	}
	if err != nil {
		return slices.Repeat([]error{spannerdb.Fault(fmt.Errorf("advance saga %s: %w", id, err))}, len(events))
	}
	return done.errs
}

// advance applies the events one after the other.
func (s *Store) advance(before saga.Saga, events []saga.Event) (step, error) {
	definition, err := s.registry.Of(before)
	if err != nil {
		return step{}, fault.New(fault.Unavailable, "UNAVAILABLE", "this instance is older than the saga: %w", err)
	}
	done := step{before: before, after: before, errs: make([]error, len(events))}
	for i, event := range events {
		after, commands, err := saga.Advance(definition, done.after, event, s.clock.Now())
		if err != nil {
			done.errs[i] = err
			continue
		}
		done.after = after
		done.commands = append(done.commands, commands...)
	}
	return done, nil
}

// goOn does what follows from a step, in the trace of the saga.
func (s *Store) goOn(ctx context.Context, done step) error {
	ctx, span := telemetry.GoOn(ctx, "advance saga", done.after.Trace)
	defer span.End("")
	span.Set("saga", done.after.ID)
	span.Set("phase", string(done.after.Phase))
	report(ctx, done.before, done.after)
	return s.publish(ctx, done.commands)
}

// publish sends the commands, each once.
func (s *Store) publish(ctx context.Context, commands []message.Command) error {
	type sending struct {
		step         string
		compensation bool
	}
	sent := map[sending]bool{}
	commands = slices.DeleteFunc(commands, func(c message.Command) bool {
		key := sending{c.Step, c.Compensation}
		again := sent[key]
		sent[key] = true
		return again
	})
	if len(commands) == 0 {
		return nil
	}
	if err := s.publisher.PublishCommands(ctx, commands); err != nil {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "publish commands: %w", err)
	}
	return nil
}

// report logs what people want to know: the ends of sagas, and, as an error that alerts,
// that one is stuck.
func report(ctx context.Context, before, after saga.Saga) {
	attributes := []any{"saga", after.ID, "definition", after.Definition, "country", after.Country}
	if after.Stuck != "" && after.Stuck != before.Stuck {
		slog.ErrorContext(ctx, "saga is stuck", append(attributes, "why", after.Stuck)...)
	}
	if after.Finished() && !before.Finished() {
		reason := ""
		if after.Failure != nil {
			reason = after.Failure.Reason
		}
		slog.InfoContext(ctx, "saga has ended", append(attributes,
			"phase", after.Phase, "reason", reason, "durationSeconds", after.EndTime.Sub(after.StartTime).Seconds())...)
	}
}
