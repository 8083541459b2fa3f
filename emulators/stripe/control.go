package stripe

import (
	"encoding/json"
	"net/http"
)

// Money is a charge or refund as the emulator knows it, for checking what was paid.
type Money struct {
	ID                  string            `json:"id"`
	IntentID            string            `json:"intentId"`
	ChargeID            string            `json:"chargeId,omitempty"` // of a refund
	CustomerID          string            `json:"customerId,omitempty"`
	Currency            string            `json:"currency"` // lower case
	AmountMinor         int64             `json:"amountMinor"`
	AmountRefundedMinor int64             `json:"amountRefundedMinor,omitempty"` // of a charge
	Status              string            `json:"status"`
	Metadata            map[string]string `json:"metadata"`
	Created             int64             `json:"created"`
}

// Sum is what moved in one currency.
type Sum struct {
	ChargedMinor  int64 `json:"chargedMinor"`
	RefundedMinor int64 `json:"refundedMinor"`
}

// Totals are all movements of money, oldest first. Failed charges are among them; the sums
// count those that succeeded, and refunds that did not fail.
type Totals struct {
	Charges []Money        `json:"charges"`
	Refunds []Money        `json:"refunds"`
	Sums    map[string]Sum `json:"sums"` // by currency
}

// Totals returns all movements of money at one instant.
func (s *Server) Totals() Totals {
	t := Totals{Charges: []Money{}, Refunds: []Money{}, Sums: map[string]Sum{}}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range s.store.ids[kindCharge] {
		ch := s.store.objects[id].(*charge)
		m := Money{
			ID: ch.ID, IntentID: ch.PaymentIntent, Currency: ch.Currency, AmountMinor: ch.Amount,
			AmountRefundedMinor: ch.AmountRefunded, Status: ch.Status, Metadata: ch.Metadata, Created: ch.Created,
		}
		if ch.Customer != nil {
			m.CustomerID = *ch.Customer
		}
		t.Charges = append(t.Charges, m)
		if ch.Paid {
			sum := t.Sums[ch.Currency]
			sum.ChargedMinor += ch.Amount
			t.Sums[ch.Currency] = sum
		}
	}
	for _, id := range s.store.ids[kindRefund] {
		re := s.store.objects[id].(*refund)
		t.Refunds = append(t.Refunds, Money{
			ID: re.ID, IntentID: re.PaymentIntent, ChargeID: re.Charge, Currency: re.Currency,
			AmountMinor: re.Amount, Status: re.Status, Metadata: re.Metadata, Created: re.Created,
		})
		if re.Status != statusFailed && re.Status != statusCanceled {
			sum := t.Sums[re.Currency]
			sum.RefundedMinor += re.Amount
			t.Sums[re.Currency] = sum
		}
	}
	return t
}

// routeControl adds what is not Stripe's: faults, totals and reset. It takes no key, so
// listen on loopback only.
func (s *Server) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /emulator/v1/status", func(w http.ResponseWriter, _ *http.Request) {
		writeControl(w, http.StatusOK, map[string]any{"status": "ready", "webhooksInFlight": s.InFlight()})
	})
	mux.HandleFunc("GET /emulator/v1/totals", func(w http.ResponseWriter, _ *http.Request) {
		writeControl(w, http.StatusOK, s.Totals())
	})
	mux.HandleFunc("GET /emulator/v1/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeControl(w, http.StatusOK, map[string]any{"faults": s.Faults()})
	})
	mux.HandleFunc("POST /emulator/v1/faults", s.postFault)
	mux.HandleFunc("DELETE /emulator/v1/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		writeControl(w, http.StatusOK, map[string]any{"faults": []Fault{}})
	})
	mux.HandleFunc("DELETE /emulator/v1/faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.RemoveFault(r.PathValue("id")) {
			controlError(w, http.StatusNotFound, "no fault "+r.PathValue("id"))
			return
		}
		writeControl(w, http.StatusOK, map[string]any{"faults": s.Faults()})
	})
	mux.HandleFunc("POST /emulator/v1/reset", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Reset(); err != nil {
			controlError(w, http.StatusInternalServerError, err.Error())
			return
		}
		writeControl(w, http.StatusOK, map[string]any{"status": "ready"})
	})
}

func (s *Server) postFault(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	var f Fault
	if err := decoder.Decode(&f); err != nil {
		controlError(w, http.StatusBadRequest, "cannot read the fault: "+err.Error())
		return
	}
	id, err := s.AddFault(f)
	if err != nil {
		controlError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeControl(w, http.StatusCreated, map[string]any{"id": id})
}

func writeControl(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	write(w, reply{status, encode(v)})
}

func controlError(w http.ResponseWriter, status int, message string) {
	writeControl(w, status, map[string]any{"error": map[string]any{"code": status, "message": message}})
}
