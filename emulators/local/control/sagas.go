package control

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// sagaSummary is a saga in a list.
type sagaSummary struct {
	Operation  string    `json:"operation"`
	Definition string    `json:"definition"`
	Phase      string    `json:"phase"`
	Stuck      bool      `json:"stuck"`
	Done       bool      `json:"done"`
	Owner      string    `json:"owner"`
	StartTime  time.Time `json:"startTime"`
}

// sagaView is a saga with its steps in the order of its definition.
type sagaView struct {
	Operation    string           `json:"operation"`
	Definition   string           `json:"definition"`
	Version      int              `json:"version"`
	Phase        saga.Phase       `json:"phase"`
	Owner        string           `json:"owner"`
	Subscription string           `json:"subscription,omitempty"`
	Course       string           `json:"course,omitempty"`
	Invoice      string           `json:"invoice,omitempty"`
	StartTime    time.Time        `json:"startTime"`
	EndTime      time.Time        `json:"endTime,omitzero"`
	Deadline     time.Time        `json:"deadline,omitzero"`
	DueTime      time.Time        `json:"dueTime,omitzero"`
	Stuck        string           `json:"stuck,omitempty"`
	Nudges       int              `json:"nudges,omitempty"`
	Failure      *message.Failure `json:"failure,omitempty"`
	Input        json.RawMessage  `json:"input"`
	Steps        []stepView       `json:"steps"`
}

type stepView struct {
	Name         string          `json:"name"`
	Service      string          `json:"service"`
	Command      string          `json:"command"`
	After        []string        `json:"after,omitempty"`
	Body         json.RawMessage `json:"body,omitempty"`
	Action       saga.Run        `json:"action"`
	Compensation string          `json:"compensation,omitempty"`
	Undo         saga.Run        `json:"undo,omitzero"`
	// Deliveries are the pushes of the step's commands and replies that are remembered,
	// oldest first.
	Deliveries []deliveryView `json:"deliveries"`
}

// readSagas opens the saga database to be read.
func (c *server) readSagas(ctx context.Context) (*spanner.Client, *sagadb.Store, error) {
	client, err := spannerdb.Open(ctx, "saga")
	if err != nil {
		return nil, nil, err
	}
	return client, sagadb.New(client, nil, enrollment.Registry(), c.Clock), nil
}

// listSagas lists the sagas that were started last, by business time.
func (c *server) listSagas(ctx context.Context, r *http.Request) (any, error) {
	n, err := limit(r, 50, 1000)
	if err != nil {
		return nil, err
	}
	client, _, err := c.readSagas(ctx)
	if err != nil {
		return nil, err
	}
	columns := []string{"SagaId", "Definition", "Phase", "Stuck", "Done", "OwnerUserId", "StartTime"}
	all := []sagaSummary{}
	err = client.Single().ReadWithOptions(ctx, "Sagas", spanner.AllKeys(), columns, &spanner.ReadOptions{RequestTag: "control-sagas"}).
		Do(func(row *spanner.Row) error {
			var s sagaSummary
			if err := row.Columns(&s.Operation, &s.Definition, &s.Phase, &s.Stuck, &s.Done, &s.Owner, &s.StartTime); err != nil {
				return err
			}
			s.Operation = "operations/" + s.Operation
			all = append(all, s)
			return nil
		})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b sagaSummary) int { return b.StartTime.Compare(a.StartTime) })
	return map[string]any{"sagas": all[:min(n, len(all))], "total": len(all)}, nil
}

func (c *server) getSaga(ctx context.Context, r *http.Request) (any, error) {
	_, store, err := c.readSagas(ctx)
	if err != nil {
		return nil, err
	}
	s, err := store.Get(ctx, r.PathValue("operation"))
	if err != nil {
		return nil, err
	}
	definition, err := enrollment.Registry().Of(s)
	if err != nil {
		return nil, err
	}
	view := sagaView{
		Operation: "operations/" + s.ID, Definition: s.Definition, Version: s.Version, Phase: s.Phase, Owner: s.Owner,
		Subscription: s.Subscription, Course: s.Course, Invoice: s.Invoice, StartTime: s.StartTime, EndTime: s.EndTime,
		Deadline: s.Deadline, DueTime: s.DueTime, Stuck: s.Stuck, Nudges: s.Nudges, Failure: s.Failure, Input: s.Input,
	}
	deliveries := c.deliveriesOf(s.ID)
	for _, step := range definition.Steps {
		run := s.Steps[step.Name]
		view.Steps = append(view.Steps, stepView{
			Name: step.Name, Service: step.Service, Command: step.Command, After: step.After, Body: run.Body,
			Action: run.Action, Compensation: step.Compensation, Undo: run.Undo, Deliveries: append([]deliveryView{}, deliveries[step.Name]...),
		})
	}
	return view, nil
}

// deliveriesOf returns the remembered pushes of a saga's messages by step, oldest first.
func (c *server) deliveriesOf(id string) map[string][]deliveryView {
	found := map[string][]deliveryView{}
	for _, d := range slices.Backward(c.PubSub.Deliveries()) {
		if d.Attributes["saga"] == id {
			step := d.Attributes["step"]
			found[step] = append(found[step], newDelivery(d, false))
		}
	}
	return found
}

// resumeSaga does what an operator's command does to a stuck saga.
func (c *server) resumeSaga(ctx context.Context, r *http.Request) (any, error) {
	id, err := verb(r, "resume")
	if err != nil {
		return nil, err
	}
	_, store, err := c.readSagas(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := store.Get(ctx, id); err != nil {
		return nil, err
	}
	return nil, c.CallFunction(ctx, "ResumeSagas", map[string]string{"saga": id})
}
