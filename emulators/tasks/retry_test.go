package tasks

import (
	"testing"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestGivesUpOnlyWhenBothLimitsAreMet(t *testing.T) {
	tests := map[string]struct {
		maxAttempts int32
		maxAge      time.Duration
		attempts    int
		age         time.Duration
		want        bool
	}{
		"attempts alone, not met": {3, 0, 2, time.Hour, false},
		"attempts alone, met":     {3, 0, 3, 0, true},
		"age alone, not met":      {-1, time.Minute, 99, time.Second, false},
		"age alone, met":          {-1, time.Minute, 1, time.Minute, true},
		"both set, attempts met":  {3, time.Minute, 5, time.Second, false},
		"both set, age met":       {3, time.Minute, 1, time.Hour, false},
		"both set, both met":      {3, time.Minute, 3, time.Hour, true},
		"neither set, never so":   {-1, 0, 1000, 1000 * time.Hour, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := &pb.RetryConfig{MaxAttempts: test.maxAttempts, MaxRetryDuration: durationpb.New(test.maxAge)}
			assert.Equal(t, test.want, givesUp(config, test.attempts, test.age))
		})
	}
}

func TestTimetableCountsAndFindsWhatIsDue(t *testing.T) {
	start := time.Unix(1000, 0)
	var table timetable
	for _, offset := range []int{5, 3, 9, 1, 7, 2, 8} {
		table.insert(&task{}, start.Add(time.Duration(offset)*time.Second))
	}
	assert.Equal(t, 3, table.countDue(start.Add(3*time.Second), 0))
	earliest := time.Time{}
	for _, candidate := range table.earliestAfter(start.Add(3 * time.Second)) {
		if earliest.IsZero() || candidate.Before(earliest) {
			earliest = candidate
		}
	}
	assert.Equal(t, start.Add(5*time.Second), earliest)
}
