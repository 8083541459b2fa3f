package trigger

import (
	"strconv"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

// Domain is the domain of the reasons in ErrorInfo.
const Domain = "kwipper"

// Metadata entries of a fault that become a LocalizedMessage instead of ErrorInfo metadata.
const (
	LocaleKey           = "locale"
	LocalizedMessageKey = "localizedMessage"
)

// ErrorStatus is a google.rpc.Status in JSON, as AIP-193 shapes it: in an HTTP answer with
// the HTTP status as its code, in an Operation with the gRPC number.
type ErrorStatus struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status,omitempty"`
	Details []any  `json:"details,omitempty"`
}

type errorInfo struct {
	Type     string            `json:"@type"`
	Reason   string            `json:"reason"`
	Domain   string            `json:"domain"`
	Metadata map[string]string `json:"metadata"`
}

type badRequest struct {
	Type            string           `json:"@type"`
	FieldViolations []fieldViolation `json:"fieldViolations"`
}

type fieldViolation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type localizedMessage struct {
	Type    string `json:"@type"`
	Locale  string `json:"locale"`
	Message string `json:"message"`
}

type retryInfo struct {
	Type       string `json:"@type"`
	RetryDelay string `json:"retryDelay"`
}

// HTTPError returns the error of an HTTP answer.
func HTTPError(f *fault.Fault) ErrorStatus {
	meaning := MeaningOf(f)
	return ErrorStatus{Code: meaning.HTTPStatus, Message: f.Message, Status: meaning.Status, Details: details(f)}
}

// OperationError returns the error of an Operation that ended with f.
func OperationError(f *fault.Fault) ErrorStatus {
	return ErrorStatus{Code: int(MeaningOf(f).Code), Message: f.Message, Details: details(f)}
}

func details(f *fault.Fault) []any {
	info := errorInfo{Type: typeURL("ErrorInfo"), Reason: f.Reason, Domain: Domain, Metadata: map[string]string{}}
	if info.Reason == "" {
		info.Reason = strings.ToUpper(strings.ReplaceAll(f.Kind.String(), " ", "_"))
	}
	for key, value := range f.Metadata {
		if key != LocaleKey && key != LocalizedMessageKey {
			info.Metadata[key] = value
		}
	}
	list := []any{info}
	if len(f.Fields) > 0 {
		request := badRequest{Type: typeURL("BadRequest")}
		for _, field := range f.Fields {
			request.FieldViolations = append(request.FieldViolations, fieldViolation{field.Name, field.Description})
		}
		list = append(list, request)
	}
	if text := f.Metadata[LocalizedMessageKey]; text != "" {
		list = append(list, localizedMessage{typeURL("LocalizedMessage"), f.Metadata[LocaleKey], text})
	}
	if f.RetryAfter > 0 {
		list = append(list, retryInfo{typeURL("RetryInfo"), seconds(f.RetryAfter)})
	}
	return list
}

func typeURL(name string) string { return "type.googleapis.com/google.rpc." + name }

// seconds writes d as the JSON of google.protobuf.Duration, in whole seconds rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10) + "s"
}
