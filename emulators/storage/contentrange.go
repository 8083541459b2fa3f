package storage

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// unknown stands for a "*" in a Content-Range.
const unknown = -1

// contentRange is the Content-Range of a request of a resumable upload.
type contentRange struct {
	first, last int64 // unknown in a request that carries no bytes
	total       int64
}

func (c contentRange) isQuery() bool { return c.first == unknown }

// parseContentRange reads "bytes 0-5/10", "bytes 0-5/*", "bytes */10" and "bytes */*".
func parseContentRange(header string) (contentRange, error) {
	refused := invalid(fmt.Sprintf("Content-Range %q is not like bytes 0-262143/1000000, bytes 0-262143/* or bytes */1000000.", header))
	rest, isBytes := strings.CutPrefix(header, "bytes ")
	extent, total, found := strings.Cut(rest, "/")
	if !isBytes || !found {
		return contentRange{}, refused
	}
	parsed := contentRange{first: unknown, last: unknown, total: unknown}
	var ok bool
	if parsed.total, ok = parseLength(total); !ok {
		return contentRange{}, refused
	}
	if extent == "*" {
		return parsed, nil
	}
	first, last, found := strings.Cut(extent, "-")
	if !found || first == "*" {
		return contentRange{}, refused
	}
	var firstOK, lastOK bool
	parsed.first, firstOK = parseLength(first)
	parsed.last, lastOK = parseLength(last)
	if !firstOK || !lastOK || parsed.last != unknown && parsed.last < parsed.first ||
		parsed.total != unknown && parsed.last >= parsed.total {
		return contentRange{}, refused
	}
	return parsed, nil
}

// parseLength takes digits or "*".
func parseLength(text string) (int64, bool) {
	if text == "*" {
		return unknown, true
	}
	length, err := strconv.ParseUint(text, 10, 62)
	return int64(length), err == nil
}

// lengthLimits is what x-goog-content-length-range allows.
type lengthLimits struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"` // unknown if there is none
}

var noLimits = lengthLimits{Min: 0, Max: unknown}

func parseLengthLimits(header string) (lengthLimits, error) {
	if header == "" {
		return noLimits, nil
	}
	low, high, found := strings.Cut(header, ",")
	var limits lengthLimits
	var lowOK, highOK bool
	limits.Min, lowOK = parseLength(strings.TrimSpace(low))
	limits.Max, highOK = parseLength(strings.TrimSpace(high))
	if !found || !lowOK || !highOK || limits.Min == unknown || limits.Max == unknown || limits.Min > limits.Max {
		return noLimits, invalid(fmt.Sprintf("X-Goog-Content-Length-Range %q is not MIN,MAX.", header))
	}
	return limits, nil
}

// checkGrowing refuses what is too large already.
func (l lengthLimits) checkGrowing(size int64) error {
	if l.Max != unknown && size > l.Max {
		return &apiError{http.StatusBadRequest, "EntityTooLarge", fmt.Sprintf("Your proposed upload exceeds the maximum allowed size of %d bytes.", l.Max)}
	}
	return nil
}

func (l lengthLimits) check(size int64) error {
	if size < l.Min {
		return &apiError{http.StatusBadRequest, "EntityTooSmall", fmt.Sprintf("Your proposed upload is smaller than the minimum of %d bytes.", l.Min)}
	}
	return l.checkGrowing(size)
}
