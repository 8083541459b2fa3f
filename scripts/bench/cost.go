package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// repetitions is how often an operation is called for its mean cost.
const repetitions = 8

// student is a learner who goes through all operations, in order.
type student struct {
	*learner
	course       api.Course
	item         api.Item
	subscription string
	invoice      string
	operation    string
}

// costed is an operation whose cost is measured.
type costed struct {
	name string
	call func(*student, context.Context) error
}

// cost calls each operation for several learners, one after the other, waits each time until
// all that follows from it has happened, and prints what it cost each.
func (b *bench) cost(ctx context.Context) error {
	course, item, err := publishCourse(ctx, b.tutor)
	if err != nil {
		return err
	}
	learners, err := b.enroll(ctx, repetitions)
	if err != nil {
		return err
	}
	students := make([]*student, repetitions)
	for i, l := range learners {
		students[i] = &student{learner: l, course: course, item: item}
	}
	var rows [][]string
	for _, o := range slices.Concat(b.tutoring(), reading(), b.studying()) {
		row, err := b.costOf(ctx, o, students)
		if err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("Cost of each operation, with all that follows from it (mean of %d)", repetitions),
		[]string{"operation", "round trips", "commits", "aborts", "rows written", "messages", "commits by database"}, rows)
	return nil
}

func (b *bench) costOf(ctx context.Context, o costed, students []*student) ([]string, error) {
	if err := b.stack.Time.Settle(ctx); err != nil {
		return nil, err
	}
	before, messages := b.counter.Databases(), b.messages.Load()
	for _, s := range students {
		if err := o.call(s, ctx); err != nil {
			return nil, err
		}
	}
	if err := b.stack.Time.Settle(ctx); err != nil {
		return nil, err
	}
	each := func(n int64) string { return number(float64(n) / float64(len(students))) }
	var sum spannerdb.Count
	var split []string
	for _, name := range []string{"user", "course", "content", "subscription", "billing", "saga"} {
		used := b.counter.Databases()[name].Sub(before[name])
		sum = sum.Add(used)
		if used.Commits > 0 {
			split = append(split, name+" "+each(used.Commits))
		}
	}
	return []string{o.name, each(sum.RoundTrips), each(sum.Commits), each(sum.Aborts), each(sum.RowsWritten), each(b.messages.Load() - messages), strings.Join(split, ", ")}, nil
}

// get is an operation that reads what path names.
func get(name string, path func(*student) string) costed {
	return costed{name, func(s *student, ctx context.Context) error {
		return s.Call(ctx, http.MethodGet, path(s), nil, nil)
	}}
}

// tutoring are operations of a tutor.
func (b *bench) tutoring() []costed {
	return []costed{
		{"publish a course: CreateCourse, CreateItem, two uploads, PublishCourse", func(_ *student, ctx context.Context) error {
			_, _, err := publishCourse(ctx, b.tutor)
			return err
		}},
		{"RegisterUser, CreatePaymentMethod, GetPaymentMethod", func(_ *student, ctx context.Context) error {
			_, err := newLearner(ctx, b.stack.Browser(), b.names.Add(1))
			return err
		}},
	}
}

// reading are operations of everybody.
func reading() []costed {
	return []costed{
		get("GetUser", func(*student) string { return "/users/me" }),
		get("ListCourses", func(*student) string { return "/courses?regionCode=JP&languageCode=ja" }),
		get("GetCourse", func(s *student) string { return "/" + s.course.Name + "?regionCode=JP" }),
		get("ListItems", func(s *student) string { return "/" + s.course.Name + "/items" }),
		get("GetItem", func(s *student) string { return "/" + s.item.Name }),
		{"UpdateUser", func(s *student, ctx context.Context) error {
			return s.Call(ctx, http.MethodPatch, "/users/me", api.UpdateUserRequest{GivenName: "花子"}, nil)
		}},
	}
}

// studying are the operations of a learner, from subscribing to the refund.
func (b *bench) studying() []costed {
	done := true
	return []costed{
		{"Subscribe", (*student).enter},
		get("GetOperation", func(s *student) string { return "/" + s.operation }),
		get("GetSubscription", func(s *student) string { return "/" + s.subscription }),
		get("ListSubscriptions", func(*student) string { return "/users/me/subscriptions" }),
		{"ListInvoices", (*student).findInvoice},
		get("GetInvoice", func(s *student) string { return "/" + s.invoice }),
		get("GetItem, view=FULL", func(s *student) string { return "/" + s.item.Name + "?view=FULL" }),
		get("ListContents", func(s *student) string { return "/" + s.item.Name + "/contents" }),
		get("SignContents", func(s *student) string { return "/" + s.item.Name + "/contents:sign" }),
		{"UpdateProgress", func(s *student, ctx context.Context) error {
			path := "/users/me/progress/" + api.IDOf(s.course.Name) + "/items/" + api.IDOf(s.item.Name)
			return s.Call(ctx, http.MethodPatch, path, api.UpdateProgressRequest{Done: &done}, nil)
		}},
		{"ListSubscribers", func(s *student, ctx context.Context) error {
			return b.tutor.Call(ctx, http.MethodGet, "/"+s.course.Name+"/subscribers", nil, nil)
		}},
		{"RefundInvoice", (*student).leave},
		{"Subscribe again", (*student).enter},
		{"CancelSubscription NOW", func(s *student, ctx context.Context) error {
			return s.Call(ctx, http.MethodPost, "/"+s.subscription+":cancel", api.CancelSubscriptionRequest{Mode: "NOW"}, nil)
		}},
		{"Subscribe a third time", (*student).enter},
		{"renewal, with schedule and tasks", func(_ *student, ctx context.Context) error { return b.renewal(ctx) }},
	}
}

func (s *student) enter(ctx context.Context) error {
	o, err := s.subscribe(ctx, s.course)
	s.operation, s.subscription = o.Name, o.Metadata.Subscription
	return err
}

func (s *student) findInvoice(ctx context.Context) error {
	var answer api.ListInvoicesPage
	if err := s.Call(ctx, http.MethodGet, "/users/me/invoices", nil, &answer); err != nil {
		return err
	}
	if len(answer.Invoices) != 1 {
		return fmt.Errorf("there are %d invoices", len(answer.Invoices))
	}
	s.invoice = answer.Invoices[0].Name
	return nil
}

func (s *student) leave(ctx context.Context) error {
	var o api.Operation
	if err := s.Call(ctx, http.MethodPost, "/"+s.invoice+":refund", api.RefundInvoiceRequest{}, &o, "Prefer", "wait=10"); err != nil {
		return err
	}
	_, err := s.Await(ctx, o)
	return err
}

// renewal lets a month go by, once for all students.
func (b *bench) renewal(ctx context.Context) error {
	if b.renewed {
		return nil
	}
	b.renewed = true
	_, err := b.stack.Time.Advance(ctx, b.stack.Clock.Now().Add(31*24*time.Hour))
	return err
}
