// Package returnuri checks where payment pages may send a learner back to: an open
// redirect would lend our name to anybody's page.
package returnuri

import (
	"net/url"
	"slices"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/config"
)

// Check refuses a URI whose origin (RFC 6454) is not in RETURN_URI_ALLOWLIST, with reason
// RETURN_URI_NOT_ALLOWED.
func Check(uri string) error {
	allowed, err := config.List("RETURN_URI_ALLOWLIST")
	if err != nil {
		return err
	}
	u, err := url.Parse(uri)
	if err == nil && u.User == nil && u.Host != "" && slices.Contains(allowed, u.Scheme+"://"+u.Host) {
		return nil
	}
	refusal := fault.New(fault.InvalidArgument, "RETURN_URI_NOT_ALLOWED", "returnUri: its origin is not on the allow-list")
	refusal.Fields = []fault.Field{{Name: "returnUri", Description: "its origin is not on the allow-list"}}
	return refusal
}
