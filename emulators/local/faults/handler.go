package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// bodyLimitBytes is how much of a request is kept to be matched and repeated; functions
// take less.
const bodyLimitBytes = 32 << 20

// Handler serves a function with what shall go wrong with it.
func (s *Set) Handler(function string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.watches(function) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimitBytes))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusRequestEntityTooLarge)
			return
		}
		t := s.apply(s.hit(function, func() Call { return describe(r, body) }))
		s.serve(t, next, w, r, body)
	})
}

func (s *Set) serve(t trouble, next http.Handler, w http.ResponseWriter, r *http.Request, body []byte) {
	if err := outbound.Pause(r.Context(), t.Delay); err != nil {
		return
	}
	if t.Status != 0 {
		refuse(w, t.Status)
		return
	}
	if s.refuseCommand(w, r, t.reason, body) {
		return
	}
	t.LoseResponse = t.LoseResponse || t.crashAfter
	t.Handle(w, r, body, next)
	if t.crashAfter {
		s.crash()
	}
	if t.LoseResponse {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
}

// push is what Pub/Sub sends.
type push struct {
	Message struct {
		Data       []byte            `json:"data"`
		Attributes map[string]string `json:"attributes"`
	} `json:"message"`
}

// describe returns the properties of a request to a function. That of a push is decoded,
// so that the attributes and the scalars of the message's JSON can be matched.
func describe(r *http.Request, body []byte) Call {
	call := Call{}
	var push push
	call.addJSON(body)
	if json.Unmarshal(body, &push) == nil {
		call.addJSON(push.Message.Data)
		call.add(push.Message.Attributes)
	}
	call["method"], call["path"] = r.Method, r.URL.Path
	return call
}

func (c Call) add(properties map[string]string) {
	for name, value := range properties {
		c[name] = value
	}
}

// addJSON adds the text, numbers and booleans of an object; other data adds nothing.
func (c Call) addJSON(data []byte) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return
	}
	for name, value := range object {
		switch v := value.(type) {
		case string:
			c[name] = v
		case bool:
			c[name] = strconv.FormatBool(v)
		case json.Number:
			c[name] = v.String()
		}
	}
}

// refuse answers in the shape of the functions' errors.
func refuse(w http.ResponseWriter, status int) {
	f := trigger.HTTPError(fault.New(fault.Unavailable, "UNAVAILABLE", "a fault that was asked for"))
	f.Code = status
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	if status == http.StatusNoContent || status == http.StatusNotModified {
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": f}) // the caller may have gone
}
