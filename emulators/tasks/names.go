package tasks

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	locationName = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+$`)
	queueName    = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}$`)
	taskName     = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}/tasks/[A-Za-z0-9_-]{1,500}$`)
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func checkName(field, name string, form *regexp.Regexp) error {
	if !form.MatchString(name) {
		return invalid("%s: %q is not a well-formed name", field, name)
	}
	return nil
}

// queueOf returns the name of the queue that a task name begins with.
func queueOf(task string) string {
	queue, _, _ := strings.Cut(task, "/tasks/")
	return queue
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// newTaskID makes an id as the service does: a long number.
func newTaskID() string {
	return strconv.FormatUint(rand.Uint64()>>1, 10) + strconv.FormatUint(rand.Uint64()>>1, 10)
}

const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// page cuts sorted names to one page. The token is the last name of the page before.
func page(sorted []string, size int32, token string) (names []string, next string) {
	if size <= 0 {
		size = defaultPageSize
	}
	size = min(size, maxPageSize)
	for _, name := range sorted {
		if name <= token {
			continue
		}
		if len(names) == int(size) {
			return names, names[len(names)-1]
		}
		names = append(names, name)
	}
	return names, ""
}
