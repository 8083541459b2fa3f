package user

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/period"
)

// Role is what a user may do, as tokens have it.
type Role string

// The roles. Everybody who registered is a learner.
const (
	Learner       Role = "learner"
	Tutor         Role = "tutor"
	Administrator Role = "administrator"
)

// regions are the countries that Kwipper bills in.
var regions = []string{"ID", "JP", "PH", "MX"}

const maxNameRunes = 100

// Profile is what people say of themselves.
type Profile struct {
	DisplayName  string
	GivenName    string
	FamilyName   string
	RegionCode   string // ISO 3166-1 alpha-2, where the user is billed
	TimeZone     string // IANA
	LanguageCode string // BCP 47
}

// User is a person who registered.
type User struct {
	ID      string
	Subject string // of the identity service
	Country string // home country in lower case, which the id begins with for good
	Profile
	Roles             []Role
	SubscriptionCount int
	CreateTime        time.Time
	UpdateTime        time.Time
	Revision          int64 // counts the writes
}

// IDFor returns the id of an identity that registers in a region. It is the same each time.
func IDFor(subject, regionCode string) string {
	return message.ID(strings.ToLower(regionCode), "user", subject)
}

// New makes the user of an identity that registers with a profile.
func New(subject string, p Profile) (User, error) {
	p, err := p.normalised()
	if err != nil {
		return User{}, err
	}
	return User{
		ID: IDFor(subject, p.RegionCode), Subject: subject, Country: strings.ToLower(p.RegionCode),
		Profile: p, Roles: []Role{Learner}, Revision: 1,
	}, nil
}

// Etag returns the version of the user that a caller saw.
func (u User) Etag() string { return strconv.FormatInt(u.Revision, 10) }

// Grant adds a role and reports whether the user lacked it.
func (u *User) Grant(role Role) bool {
	if slices.Contains(u.Roles, role) {
		return false
	}
	u.Roles = append(u.Roles, role)
	return true
}

// normalised returns the profile with names in Unicode's composed form, without blanks
// around them, and the language tag in its canonical form; it names every field that is wrong.
func (p Profile) normalised() (Profile, error) {
	var wrong []fault.Field
	refuse := func(name, description string) {
		wrong = append(wrong, fault.Field{Name: name, Description: description})
	}
	p.DisplayName = normalisedName(p.DisplayName)
	p.GivenName = normalisedName(p.GivenName)
	p.FamilyName = normalisedName(p.FamilyName)
	for name, value := range map[string]string{"displayName": p.DisplayName, "givenName": p.GivenName, "familyName": p.FamilyName} {
		if description := wrongName(value, name == "displayName"); description != "" {
			refuse(name, description)
		}
	}
	if !slices.Contains(regions, p.RegionCode) {
		refuse("regionCode", "is none of "+strings.Join(regions, ", "))
	}
	if _, err := period.LoadZone(p.TimeZone); err != nil {
		refuse("timeZone", "is not the IANA name of a time zone")
	}
	if tag, err := language.Parse(p.LanguageCode); err != nil || tag == language.Und {
		refuse("languageCode", "is not a BCP 47 language")
	} else {
		p.LanguageCode = tag.String()
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
		return Profile{}, fault.Invalid(wrong...)
	}
	return p, nil
}

func normalisedName(name string) string { return norm.NFC.String(strings.TrimSpace(name)) }

// wrongName says what is wrong with a name, in whatever script.
func wrongName(name string, required bool) string {
	switch {
	case name == "" && required:
		return "is empty"
	case len([]rune(name)) > maxNameRunes:
		return "is longer than 100 characters"
	case strings.ContainsFunc(name, deceptive):
		return "has control characters"
	default:
		return ""
	}
}

// deceptive reports characters that no name needs and that change how the text around it
// is shown: controls, line separators, and overrides of the writing direction. Joiners,
// which some scripts need, are none.
func deceptive(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' || r == unicode.ReplacementChar
}
