package stripe

import (
	"encoding/json"
)

// transaction collects the changes of one request. It runs under the store's lock.
type transaction struct {
	store  *store
	writes map[string]object // nil: removed
	order  []string

	requestID      string // for the events
	idempotencyKey string
}

// find answers the stored object, which must not be changed.
func (tx *transaction) find(id string) (object, bool) {
	if o, ok := tx.writes[id]; ok {
		return o, o != nil
	}
	o, ok := tx.store.objects[id]
	return o, ok
}

// get answers a copy of the object with that id, if it is a T.
func get[T any, P interface {
	*T
	object
}](tx *transaction, id string) (P, bool) {
	o, ok := tx.find(id)
	if !ok {
		return nil, false
	}
	p, ok := o.(P)
	if !ok {
		return nil, false
	}
	c := *p
	return &c, true
}

// all answers the stored objects of a kind that pass, newest first. They must not be changed.
func all[P object](tx *transaction, kind string, pass func(P) bool) []P {
	var found []P
	ids := tx.store.ids[kind]
	for i := len(ids) - 1; i >= 0; i-- {
		o, ok := tx.find(ids[i])
		if !ok {
			continue
		}
		if p, ok := o.(P); ok && pass(p) {
			found = append(found, p)
		}
	}
	return found
}

// create fills in the header of a new object and puts it.
func (tx *transaction) create(o object, kind, idPrefix string, metadata map[string]string) {
	if metadata == nil {
		metadata = map[string]string{}
	}
	*o.head() = header{ID: newID(idPrefix), Object: kind, Created: tx.store.now().Unix(), Metadata: metadata}
	tx.put(o)
}

func (tx *transaction) put(o object) {
	id := o.head().ID
	if _, ok := tx.writes[id]; !ok {
		tx.order = append(tx.order, id)
	}
	tx.writes[id] = o
}

func (tx *transaction) remove(id string) {
	if _, ok := tx.writes[id]; !ok {
		tx.order = append(tx.order, id)
	}
	tx.writes[id] = nil
}

// emit records that something happened to o, and what is to be delivered for it.
func (tx *transaction) emit(eventType string, o object) {
	body, err := json.Marshal(shown(o))
	if err != nil { // our own structs of strings and numbers always marshal
		panic(err)
	}
	e := &event{APIVersion: apiVersion, Type: eventType, Data: eventData{Object: body}}
	if tx.requestID != "" {
		e.Request.ID = &tx.requestID
	}
	if tx.idempotencyKey != "" {
		e.Request.IdempotencyKey = &tx.idempotencyKey
	}
	endpoints := all(tx, kindEndpoint, func(w *endpoint) bool { return w.wants(eventType) })
	e.PendingWebhooks = len(endpoints)
	tx.create(e, kindEvent, "evt", nil)
	for _, w := range endpoints {
		d := &delivery{Event: e.ID, Type: eventType, Endpoint: w.ID, DueMillis: tx.store.now().UnixMilli()}
		tx.create(d, kindDelivery, "whd", nil)
	}
}
