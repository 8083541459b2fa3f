package pubsub

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// deletedTopic is what a subscription names after its topic was deleted.
const deletedTopic = "_deleted-topic_"

var resourceName = regexp.MustCompile(`^projects/[^/]+/(topics|subscriptions)/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)

// checkName accepts projects/P/collection/ID with an id as Pub/Sub allows it.
func checkName(field, name, collection string) error {
	match := resourceName.FindStringSubmatch(name)
	if match == nil || match[1] != collection || strings.HasPrefix(resourceID(name), "goog") {
		return status.Errorf(codes.InvalidArgument,
			"%s: %q is not of the form projects/{project}/%s/{id}", field, name, collection)
	}
	return nil
}

func resourceID(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func projectID(name string) string {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// defaultPageSize is what a list returns that does not say.
const defaultPageSize = 100

// page cuts sorted names to one page. The token is the last name of the page before.
func page(sorted []string, size int32, token string) (names []string, next string) {
	if size <= 0 || size > 1000 {
		size = defaultPageSize
	}
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
