package user

import (
	"strings"

	"github.com/kwipper/kwipper/shared/api"
)

// Resource returns the user as the API shows it.
func (u User) Resource() api.User {
	roles := make([]api.Role, len(u.Roles))
	for i, role := range u.Roles {
		roles[i] = api.Role(strings.ToUpper(string(role)))
	}
	return api.User{
		Name: "users/" + u.ID, DisplayName: u.DisplayName, GivenName: u.GivenName, FamilyName: u.FamilyName,
		RegionCode: api.RegionCode(u.RegionCode), TimeZone: u.TimeZone, LanguageCode: u.LanguageCode,
		Roles: roles, SubscriptionCount: int32(u.SubscriptionCount), //nolint:gosec // a person's subscriptions
		CreateTime: u.CreateTime, UpdateTime: u.UpdateTime, Etag: u.Etag(),
	}
}

// RoleOf returns the role that the API names.
func RoleOf(role api.Role) Role { return Role(strings.ToLower(string(role))) }
