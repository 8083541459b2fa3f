package trigger

import (
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/api"
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
	return ErrorStatus{Code: meaning.HTTPStatus, Message: message(f), Status: meaning.Status, Details: details(f)}
}

// OperationError returns the error of an Operation that ended with f.
func OperationError(f *fault.Fault) ErrorStatus {
	return ErrorStatus{Code: int(MeaningOf(f).Code), Message: message(f), Details: details(f)}
}

// message keeps to ourselves what went wrong inside.
func message(f *fault.Fault) string {
	if f.Kind == fault.Internal {
		return "an internal error occurred"
	}
	return f.Message
}

// general are the reasons of what the API has no reason of its own for; else INTERNAL.
var general = map[fault.Kind]api.ErrorReason{
	fault.InvalidArgument:  api.ErrorReasonINVALIDARGUMENT,
	fault.Unauthenticated:  api.ErrorReasonTOKENINVALID,
	fault.PermissionDenied: api.ErrorReasonPERMISSIONDENIED,
	fault.NotFound:         api.ErrorReasonNOTFOUND,
	fault.Exhausted:        api.ErrorReasonRATELIMITED,
	fault.Unavailable:      api.ErrorReasonUNAVAILABLE,
}

// reason returns a reason that the API's document knows: callers branch on those alone.
func reason(f *fault.Fault) string {
	if stated := api.ErrorReason(f.Reason); stated.Valid() {
		return f.Reason
	}
	if r, ok := general[f.Kind]; ok {
		return string(r)
	}
	return string(api.ErrorReasonINTERNAL)
}

func details(f *fault.Fault) []any {
	info := errorInfo{Type: typeURL("ErrorInfo"), Reason: reason(f), Domain: Domain, Metadata: map[string]string{}}
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
