// Package platform is what all functions stand on; its packages below hold configuration,
// telemetry, authorisation, the triggers and the clients. The package itself holds the
// business clock of the process.
package platform

import (
	"sync/atomic"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
)

var current atomic.Pointer[clock.Clock]

// Clock returns business time: the machine's, unless the local stack travels. The clock
// that it returns follows a later UseClock.
func Clock() clock.Clock { return following{} }

// UseClock makes c the business time of this process. The local stack calls it before it
// serves; nothing else may.
func UseClock(c clock.Clock) { current.Store(&c) }

type following struct{}

// Now returns the business time in UTC.
func (following) Now() time.Time {
	if c := current.Load(); c != nil {
		return (*c).Now()
	}
	return clock.Wall{}.Now()
}
