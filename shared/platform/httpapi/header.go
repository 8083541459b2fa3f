package httpapi

import (
	"strconv"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/api/operation"
	"github.com/kwipper/kwipper/shared/fault"
)

// maxKeyLength is what an idempotency key may have in characters; a UUID has 36.
const maxKeyLength = 255

// maxWait is the longest that Prefer: wait=N is honoured (API.md).
const maxWait = 10 * time.Second

// parseIdempotencyKey reads the header, bare or as a string of RFC 8941.
func parseIdempotencyKey(values []string) (string, error) {
	if len(values) == 0 || strings.TrimSpace(values[0]) == "" {
		return "", keyFault(ReasonKeyMissing, "the header is required")
	}
	if len(values) > 1 {
		return "", keyFault(ReasonKeyInvalid, "the header is given more than once")
	}
	key := strings.TrimSpace(values[0])
	if strings.HasPrefix(key, `"`) {
		var ok bool
		if key, ok = unquote(key); !ok {
			return "", keyFault(ReasonKeyInvalid, "the quoted string is malformed")
		}
	}
	if key == "" || len(key) > maxKeyLength {
		return "", keyFault(ReasonKeyInvalid, "must have 1 to "+strconv.Itoa(maxKeyLength)+" characters")
	}
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return "", keyFault(ReasonKeyInvalid, "must be printable ASCII")
		}
	}
	return key, nil
}

func keyFault(reason, description string) error {
	return &fault.Fault{
		Kind: fault.InvalidArgument, Reason: reason, Message: operation.IdempotencyKeyHeader + ": " + description,
		Fields: []fault.Field{{Name: operation.IdempotencyKeyHeader, Description: description}},
	}
}

// unquote reads a string of RFC 8941: backslash before a quote or a backslash only.
func unquote(quoted string) (string, bool) {
	if len(quoted) < 2 || quoted[len(quoted)-1] != '"' {
		return "", false
	}
	inner := quoted[1 : len(quoted)-1]
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return "", false
		case '\\':
			i++
			if i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
				return "", false
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String(), true
}

// parseIfMatch returns the etag of an If-Match header without quotes, empty for any.
func parseIfMatch(value string) string {
	value = strings.TrimPrefix(strings.TrimSpace(value), "W/")
	if value == "*" {
		return ""
	}
	return strings.Trim(value, `"`)
}

// parseWait returns the wait preference of RFC 7240, at most maxWait, and whether there is one.
func parseWait(values []string) (wait time.Duration, asked bool) {
	for preference := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(preference, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		value, _, _ = strings.Cut(value, ";")
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
		if err != nil {
			return 0, false // a preference that cannot be read is ignored
		}
		return min(time.Duration(seconds)*time.Second, maxWait), true
	}
	return 0, false
}
