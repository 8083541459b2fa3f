package subscription

import (
	"context"
	"log/slog"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/saga"
)

// Request is a learner's wish to subscribe.
type Request struct {
	UserID          string
	DisplayName     string // for the tutor's list of subscribers
	Country         string // lower case
	Language        string
	CourseID        string
	PaymentMethodID string
	PriceShown      money.Amount
	ReturnURI       string
}

// Subscribe starts the subscribe saga. The same key starts it once; a repetition gets it
// as it stands now.
func Subscribe(ctx context.Context, sagas Sagas, key idempotency.Key, r Request) (saga.Saga, error) {
	id := key.NewID(r.Country)
	subscriptionID := enrollment.SubscriptionID(r.Country, id)
	begun, _, err := sagas.Start(ctx, key, saga.New{
		ID: id, Definition: enrollment.Subscribe, Owner: r.UserID, Country: r.Country, Language: r.Language,
		Subscription: "users/" + r.UserID + "/subscriptions/" + subscriptionID, Course: "courses/" + r.CourseID,
		Input: enrollment.SubscribeInput{
			SubscriptionID: subscriptionID, UserID: r.UserID, DisplayName: r.DisplayName, CourseID: r.CourseID, Country: r.Country,
			Language: r.Language, PaymentMethodID: r.PaymentMethodID, PriceShown: r.PriceShown, ReturnURI: r.ReturnURI,
		},
	})
	return begun, err
}

// Page is a part of a list: at most Limit, those created before Before or, created then,
// with a larger id than AfterID. Zero Before: from the newest.
type Page struct {
	Limit   int
	Before  time.Time
	AfterID string
}

// Store keeps subscriptions for their learners.
type Store interface {
	Reader
	// List returns a page of a learner's subscriptions, newest first.
	List(ctx context.Context, userID string, page Page) ([]Subscription, error)
	// ChangeOnce applies change to a subscription once a key; a repetition gets the
	// subscription as it stands now.
	ChangeOnce(ctx context.Context, key idempotency.Key, id string, change func(*Subscription) error) (Subscription, error)
}

// Desk serves learners who ask about or cancel what they have subscribed to.
type Desk struct {
	Store Store
	Sagas Sagas // not needed to read
	Clock clock.Clock
}

// Get returns a subscription of a learner.
func (d *Desk) Get(ctx context.Context, userID, id string) (Subscription, error) {
	s, err := d.Store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && s.UserID != userID {
		return Subscription{}, fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "subscription %s is not the learner's", id)
	}
	return s, err
}

// List returns a page of a learner's subscriptions, newest first.
func (d *Desk) List(ctx context.Context, userID string, page Page) ([]Subscription, error) {
	return d.Store.List(ctx, userID, page)
}

// Cancel cancels a subscription; its EndTime tells when that takes effect. One that ends
// at once is ended by a saga, which the sweep starts if this call cannot.
func (d *Desk) Cancel(ctx context.Context, key idempotency.Key, userID, id string, mode CancelMode) (Subscription, error) {
	if _, err := d.Get(ctx, userID, id); err != nil {
		return Subscription{}, err
	}
	s, err := d.Store.ChangeOnce(ctx, key, id, func(s *Subscription) error {
		_, err := s.Cancel(mode, d.Clock.Now())
		return err
	})
	if err != nil {
		return Subscription{}, err
	}
	if s.Paid() && !s.EndTime.IsZero() && !s.EndTime.After(d.Clock.Now()) {
		due := DueEnd{SubscriptionID: s.ID, UserID: s.UserID, CourseID: s.CourseID, Country: s.Country, Language: s.Language, EndTime: s.EndTime}
		if err := StartEnd(ctx, d.Sagas, due); err != nil {
			slog.WarnContext(ctx, "end not started; the sweep will", "subscription", s.ID, "error", err)
		}
	}
	return s, nil
}
