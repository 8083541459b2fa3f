package enrollment

import (
	"sync"

	"github.com/kwipper/kwipper/shared/saga"
)

// The names of the sagas.
const (
	Subscribe = "subscribe"
	Refund    = "refund"
	Renew     = "renew"
	End       = "end"
	Publish   = "publish"
)

// Registry returns the registry of all sagas in all versions that may still run.
var Registry = sync.OnceValue(func() *saga.Registry {
	registry, err := saga.NewRegistry(subscribeV1(), refundV1(), renewV1(), endV1(), publishV1())
	if err != nil {
		panic(err) // the definitions are constant and tested
	}
	return registry
})

// body makes a step's Body of a function that takes the saga's input in its own type.
func body[Input any](make func(in Input, d saga.Data) (any, error)) func(saga.Data) (any, error) {
	return func(d saga.Data) (any, error) {
		var in Input
		if err := d.Input(&in); err != nil {
			return nil, err
		}
		return make(in, d)
	}
}
