package stripe

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// call is one request in its transaction.
type call struct {
	server *Server
	tx     *transaction
	params params
	id     string // the {id} of the path
	path   string
	now    time.Time

	// By faults: the bank refuses, or payments settle later, refused with a code if it is given.
	decline   *refusal
	settlesIn time.Duration
	settlesAs string
}

// handler does one operation. It answers an object, or a map as it is.
type handler func(*call) (any, *apiError)

// reply is what goes back.
type reply struct {
	status int
	body   []byte
}

// holdLimit ends requests that are never answered.
const holdLimit = 2 * time.Minute

// maxKeyLength of an idempotency key is Stripe's.
const maxKeyLength = 255

func (s *Server) serve(ro route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		requestID := newID("req")
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Request-Id", requestID)
		h.Set("Stripe-Version", version(r))
		h.Set("Cache-Control", "no-cache, no-store")
		if err := s.authenticate(r); err != nil {
			write(w, errorReply(err))
			return
		}
		p, err := readParams(w, r)
		if err == nil {
			err = p.only(ro.params)
		}
		key := r.Header.Get("Idempotency-Key")
		if err == nil && len(key) > maxKeyLength {
			err = invalid("", "Idempotency-Key: keys have up to %d characters.", maxKeyLength)
		}
		if err != nil {
			write(w, errorReply(err))
			return
		}
		rq := &request{server: s, route: ro, http: r, params: p, id: requestID}
		if r.Method == http.MethodPost && key != "" {
			h.Set("Idempotency-Key", key)
			rq.key = key
		}
		rq.serve(w)
	}
}

func version(r *http.Request) string {
	if v := r.Header.Get("Stripe-Version"); v != "" {
		return v
	}
	return apiVersion
}

func (s *Server) authenticate(r *http.Request) *apiError {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		key, _, _ = r.BasicAuth()
	}
	unauthorized := func(message string) *apiError {
		e := invalid("", "%s", message)
		e.status = http.StatusUnauthorized
		return e
	}
	switch {
	case key == "":
		return unauthorized("You did not provide an API key. Provide it in the Authorization header, using Bearer auth.")
	case strings.Contains(key, "_live_"):
		return unauthorized("A live key was sent to an emulator. Revoke it, and use one that begins with sk_test_.")
	case s.options.APIKey != "" && key != s.options.APIKey, !strings.HasPrefix(key, "sk_test_") && !strings.HasPrefix(key, "rk_test_"):
		return unauthorized("Invalid API Key provided.")
	}
	return nil
}

// request is one authenticated request with its parameters read.
type request struct {
	server *Server
	route  route
	http   *http.Request
	params params
	id     string
	key    string // idempotency key; empty if there is none
}

func (rq *request) serve(w http.ResponseWriter) {
	if rq.key != "" {
		stored, err := rq.begin()
		if err != nil {
			write(w, errorReply(err))
			return
		}
		if stored != nil {
			w.Header().Set("Idempotent-Replayed", "true")
			w.Header().Set("Original-Request", stored.Request)
			write(w, reply{stored.Status, []byte(stored.Body)})
			return
		}
		defer rq.end()
	}
	f, faulty := rq.server.faults.match(rq.route.operation, rq.params, rq.http.PathValue("id"))
	if faulty {
		switch f.Effect {
		case EffectRateLimit:
			write(w, errorReply(rateLimited()))
			return
		case EffectTimeoutBefore:
			rq.hold()
		case EffectSlow:
			rq.wait(f.Delay())
		}
	}
	answer, err := rq.run(f)
	if err != nil {
		slog.Error("stripe emulator", "operation", rq.route.operation, "error", err)
		write(w, errorReply(serverError()))
		return
	}
	switch f.Effect {
	case EffectTimeoutAfter:
		rq.hold()
	case EffectDropAfter:
		panic(http.ErrAbortHandler)
	}
	write(w, answer)
}

// run does the operation and stores its answer for the key, all or nothing.
func (rq *request) run(f Fault) (reply, error) {
	var answer reply
	err := rq.server.store.update(func(tx *transaction) error {
		tx.requestID, tx.idempotencyKey = rq.id, rq.key
		var refused *apiError
		answer, refused = rq.operate(tx, f)
		if refused != nil && !refused.kept {
			return refused
		}
		if f.Effect == EffectErrorAfter {
			answer = errorReply(serverError())
		}
		if rq.key != "" {
			tx.put(rq.answer(tx, answer))
		}
		return nil
	})
	var refused *apiError
	if errors.As(err, &refused) {
		return errorReply(refused), nil
	}
	return answer, err
}

func (rq *request) operate(tx *transaction, f Fault) (reply, *apiError) {
	if f.Effect == EffectErrorBefore {
		e := serverError()
		return errorReply(e), e
	}
	c := &call{
		server: rq.server, tx: tx, params: rq.params, id: rq.http.PathValue("id"),
		path: rq.http.URL.Path, now: rq.server.options.Now(),
	}
	switch f.Effect {
	case EffectDecline:
		c.decline = refusalFor(f.DeclineCode)
	case EffectProcessing:
		c.settlesIn, c.settlesAs = f.Delay(), f.DeclineCode
	}
	result, refused := rq.route.handle(c)
	if refused != nil {
		return errorReply(refused), refused
	}
	fields, ok := result.(map[string]any)
	if !ok {
		fields = shown(result.(object))
	}
	for _, path := range rq.params.list("expand") {
		if err := expand(tx, fields, path); err != nil {
			return reply{}, err
		}
	}
	return reply{http.StatusOK, encode(fields)}, nil
}

// hold keeps the client waiting and cuts the connection in the end.
func (rq *request) hold() {
	rq.wait(holdLimit)
	panic(http.ErrAbortHandler)
}

func (rq *request) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-rq.http.Context().Done():
	case <-rq.server.closing:
	}
}

func errorReply(e *apiError) reply {
	return reply{e.status, encode(map[string]any{"error": e})}
}

func encode(v any) []byte {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil { // our own maps of strings and numbers always marshal
		panic(err)
	}
	return append(body, '\n')
}

func write(w http.ResponseWriter, answer reply) {
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // the client may have gone
}

func readLimited(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
}
