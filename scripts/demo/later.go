package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/shared/api"
)

func (s *story) refuseStranger(ctx context.Context) (string, error) {
	p, err := s.newcomer(ctx, "stranger", "JP", "Asia/Tokyo", "ja", "通りすがり")
	if err != nil {
		return "", err
	}
	for _, path := range []string{"/contents:sign", "?view=FULL"} {
		err := p.Call(ctx, http.MethodGet, "/"+s.items[0].Name+path, nil, nil)
		if frontend.Reason(err) != "SUBSCRIPTION_REQUIRED" {
			return "", fmt.Errorf("%s answered %w", path, err)
		}
	}
	return "SUBSCRIPTION_REQUIRED, text and media", nil
}

// refused subscribes with a card and returns the error that the operation must end with.
func (s *story) refused(ctx context.Context, country, zone, language, card string) (*person, *frontend.Error, error) {
	p, err := s.newcomer(ctx, "unlucky", country, zone, language, "Unlucky")
	if err != nil {
		return nil, nil, err
	}
	if p.card, err = p.SaveCard(ctx, card); err != nil {
		return nil, nil, err
	}
	_, err = s.begin(ctx, p)
	var refusal *frontend.Error
	if !errors.As(err, &refusal) {
		return nil, nil, fmt.Errorf("subscribing did not fail: %w", err)
	}
	var sub api.Subscription
	if err := p.Call(ctx, http.MethodGet, "/"+p.subscription, nil, &sub); err != nil {
		return nil, nil, err
	}
	if sub.State != "FAILED" {
		return nil, nil, fmt.Errorf("the subscription is %s", sub.State)
	}
	if _, err := s.signed(ctx, p, s.items[0]); frontend.Reason(err) != "SUBSCRIPTION_REQUIRED" {
		return nil, nil, fmt.Errorf("the content answered %w", err)
	}
	return p, refusal, nil
}

func (s *story) decline(ctx context.Context) (string, error) {
	_, refusal, err := s.refused(ctx, "MX", "America/Mexico_City", "es", "4000000000000341") // saves, then declines
	if err != nil {
		return "", err
	}
	if refusal.Localized == "" {
		return "", errors.New("the learner is not told why")
	}
	return refusal.Reason + ": " + refusal.Localized, nil
}

// failAfterPayment has the user service refuse its step for good, and looks for the money.
func (s *story) failAfterPayment(ctx context.Context) (string, error) {
	fault := map[string]any{
		"target": "HandleUserCommand", "match": map[string]string{"command": "UpdateUserInfo"},
		"effect": "REFUSE", "reason": "USER_NOT_REGISTERED", "count": 1,
	}
	if err := s.control(ctx, http.MethodPost, "/faults", fault, nil); err != nil {
		return "", err
	}
	p, refusal, err := s.refused(ctx, "PH", "Asia/Manila", "fil", "4242424242424242")
	if err != nil {
		return "", err
	}
	invoices, err := s.invoices(ctx, p)
	if err != nil {
		return "", err
	}
	if len(invoices) != 1 || invoices[0].State != "REFUNDED" || len(invoices[0].Refunds) != 1 {
		return "", fmt.Errorf("the invoices are %+v", invoices)
	}
	r := invoices[0].Refunds[0]
	return fmt.Sprintf("%s, %s %s returned", refusal.Reason, r.Amount.Amount, r.Amount.CurrencyCode), nil
}

func (s *story) invoices(ctx context.Context, p *person) ([]api.Invoice, error) {
	var answer api.ListInvoicesPage
	err := p.Call(ctx, http.MethodGet, "/users/me/invoices", nil, &answer)
	return answer.Invoices, err
}

// advance moves business time and returns how many instants it stopped at.
func (s *story) advance(ctx context.Context, until time.Time) (int, error) {
	var answer struct {
		Stops []struct{ Time time.Time }
	}
	err := s.control(ctx, http.MethodPost, "/clock:advance", map[string]any{"until": until}, &answer)
	return len(answer.Stops), err
}

// now is the stack's business time.
func (s *story) now(ctx context.Context) (time.Time, error) {
	var answer struct{ Now time.Time }
	err := s.control(ctx, http.MethodGet, "/clock", nil, &answer)
	return answer.Now, err
}

// twoMonths moves time to a day after the second renewal of all, whatever the length of
// the months.
func (s *story) twoMonths(ctx context.Context) (string, error) {
	now, err := s.now(ctx)
	if err != nil {
		return "", err
	}
	until := now.AddDate(0, 2, 2)
	stops, err := s.advance(ctx, until)
	return fmt.Sprintf("to %s, %d stops", until.Format(time.DateOnly), stops), err
}

// checkRenewals looks for three paid invoices each, issued on the days of the anchor rule
// in the learner's own zone.
func (s *story) checkRenewals(ctx context.Context) (string, error) {
	dates := ""
	for _, c := range cast {
		p := s.people[c.country]
		invoices, err := s.invoices(ctx, p)
		if err != nil {
			return "", err
		}
		if len(invoices) != 3 {
			return "", fmt.Errorf("the learner of %s has %d invoices: %+v", c.country, len(invoices), invoices)
		}
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			return "", err
		}
		for _, i := range invoices {
			due := i.PeriodStartTime.In(zone).Format(time.DateOnly)
			if i.State != "PAID" || i.LocalDate != due {
				return "", fmt.Errorf("invoice %s of %s is %s, issued on %s, due on %s", i.Number, c.country, i.State, i.LocalDate, due)
			}
		}
		dates = invoices[1].LocalDate + " and " + invoices[0].LocalDate
	}
	return dates, nil
}

func (s *story) cancel(ctx context.Context) (string, error) {
	p := s.people["JP"]
	var sub api.Subscription
	err := p.Call(ctx, http.MethodPost, "/"+p.subscription+":cancel", api.CancelSubscriptionRequest{Mode: "PERIOD_END"}, &sub)
	if err != nil {
		return "", err
	}
	if _, err := s.signed(ctx, p, s.items[0]); err != nil {
		return "", fmt.Errorf("what is paid for is closed: %w", err)
	}
	return fmt.Sprintf("%s, ends %s", sub.State, sub.EndTime.Format(time.DateOnly)), nil
}

func (s *story) refund(ctx context.Context) (string, error) {
	p := s.people["PH"]
	invoices, err := s.invoices(ctx, p)
	if err != nil {
		return "", err
	}
	var o api.Operation
	body := api.RefundInvoiceRequest{Reason: "REQUESTED_BY_LEARNER"}
	if err := p.Call(ctx, http.MethodPost, "/"+invoices[0].Name+":refund", body, &o, "Prefer", "wait=10"); err != nil {
		return "", err
	}
	if _, err := p.AwaitDone(ctx, o); err != nil {
		return "", err
	}
	if invoices, err = s.invoices(ctx, p); err != nil {
		return "", err
	}
	if invoices[0].State != "REFUNDED" || len(invoices[0].Refunds) != 1 {
		return "", fmt.Errorf("the invoice is %s", invoices[0].State)
	}
	r := invoices[0].Refunds[0]
	return fmt.Sprintf("%s %s returned", r.Amount.Amount, r.Amount.CurrencyCode), nil
}

func (s *story) checkRefunded(ctx context.Context) (string, error) {
	p := s.people["PH"]
	if err := s.closed(ctx, p); err != nil {
		return "", err
	}
	var u api.User
	if err := p.Call(ctx, http.MethodGet, "/users/me", nil, &u); err != nil {
		return "", err
	}
	if u.SubscriptionCount != p.user.SubscriptionCount {
		return "", fmt.Errorf("the user record counts %d subscriptions, %d before", u.SubscriptionCount, p.user.SubscriptionCount)
	}
	subscribers, err := s.subscribers(ctx)
	if err == nil && subscribers != len(cast)-1 {
		err = fmt.Errorf("the course has %d subscribers", subscribers)
	}
	return fmt.Sprintf("%d subscribers are left", subscribers), err
}

// closed checks that a subscription has ended and the course is closed to its learner.
func (s *story) closed(ctx context.Context, p *person) error {
	var sub api.Subscription
	if err := p.Call(ctx, http.MethodGet, "/"+p.subscription, nil, &sub); err != nil {
		return err
	}
	if sub.State != "ENDED" {
		return fmt.Errorf("the subscription is %s", sub.State)
	}
	if _, err := s.signed(ctx, p, s.items[0]); frontend.Reason(err) != "SUBSCRIPTION_REQUIRED" {
		return fmt.Errorf("the content answered %w", err)
	}
	return nil
}

func (s *story) subscribers(ctx context.Context) (int, error) {
	var answer api.ListSubscribersPage
	err := s.tutor.Call(ctx, http.MethodGet, "/"+s.course.Name+"/subscribers", nil, &answer)
	return len(answer.Subscribers), err
}

func (s *story) monthAfter(ctx context.Context) (string, error) {
	now, err := s.now(ctx)
	if err != nil {
		return "", err
	}
	if _, err := s.advance(ctx, now.AddDate(0, 1, 1)); err != nil {
		return "", err
	}
	if err := s.closed(ctx, s.people["JP"]); err != nil {
		return "", err
	}
	subscribers, err := s.subscribers(ctx)
	if err == nil && subscribers != len(cast)-2 {
		err = fmt.Errorf("the course has %d subscribers", subscribers)
	}
	return fmt.Sprintf("%d subscribers are left", subscribers), err
}

// invariants prints what must always hold, as the stack checks it.
func (s *story) invariants(ctx context.Context) error {
	var answer struct {
		Invariants []struct {
			Statement string `json:"statement"`
			OK        bool   `json:"ok"`
			Rows      int    `json:"rows"`
			Offenders []struct {
				ID  string `json:"id"`
				Why string `json:"why"`
			} `json:"offenders"`
		} `json:"invariants"`
	}
	if err := s.control(ctx, http.MethodGet, "/invariants", nil, &answer); err != nil {
		return err
	}
	fmt.Println("\nInvariants:")
	broken := 0
	for _, i := range answer.Invariants {
		verdict := "holds"
		if !i.OK {
			verdict = "BROKEN"
			broken++
		}
		fmt.Printf("  %-6s  %s (%d checked)\n", verdict, i.Statement, i.Rows)
		for _, o := range i.Offenders {
			fmt.Printf("          %s: %s\n", o.ID, o.Why)
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d invariants are broken", broken)
	}
	if len(answer.Invariants) == 0 {
		return errors.New("no invariants were checked")
	}
	return nil
}
