package subscription

import (
	"time"

	"github.com/kwipper/kwipper/shared/hashring"
)

// Grace is how long access outlives a period that could not be paid.
const Grace = 7 * 24 * time.Hour

// retryAfter is the dunning schedule by kind of decline: how long after each declined
// charge the next is tried. A decline that trying again cannot change has none: access
// lasts through the grace period, within which the learner may pay the invoice.
var retryAfter = map[string][]time.Duration{
	"insufficient_funds":      {24 * time.Hour, 48 * time.Hour, 72 * time.Hour},
	"card_velocity_exceeded":  {24 * time.Hour, 48 * time.Hour},
	"processing_error":        {2 * time.Hour, 24 * time.Hour, 72 * time.Hour},
	"try_again_later":         {2 * time.Hour, 24 * time.Hour, 72 * time.Hour},
	"issuer_not_available":    {2 * time.Hour, 24 * time.Hour, 72 * time.Hour},
	"authentication_required": nil,
	"expired_card":            nil,
	"incorrect_number":        nil,
	"lost_card":               nil,
	"stolen_card":             nil,
	"fraudulent":              nil,
	"pickup_card":             nil,
	"payment_method_missing":  nil,
}

// defaultRetryAfter is the schedule of declines that say no more than no.
var defaultRetryAfter = []time.Duration{24 * time.Hour, 72 * time.Hour}

// retryTime returns when the charge declined at now for the given reason is tried again,
// after attempts declines of it, and false when it is not.
func retryTime(declineCode string, attempts int, now time.Time) (time.Time, bool) {
	schedule, known := retryAfter[declineCode]
	if !known {
		schedule = defaultRetryAfter
	}
	if attempts < 1 || attempts > len(schedule) {
		return time.Time{}, false
	}
	return now.Add(schedule[attempts-1]), true
}

// chargeTime returns the moment of boundary's local day at which id is charged: the day's
// start and a share of the day by hash.
func chargeTime(id string, boundary time.Time, zone *time.Location) time.Time {
	local := boundary.In(zone)
	start := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	end := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
	seconds := uint64(end.Sub(start) / time.Second)
	return start.Add(time.Duration(hashring.Hash("charge "+id)%seconds) * time.Second).UTC()
}

// Shards is the number of shards of the indexes of what is due.
const Shards = 16

// Shard returns the shard of a subscription in those indexes.
func Shard(id string) int { return int(hashring.Hash("shard "+id) % Shards) }
