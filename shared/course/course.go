package course

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/kwipper/kwipper/shared/fault"
)

// State says whether learners can see a course.
type State string

// The states as they are stored.
const (
	Draft     State = "DRAFT"
	Published State = "PUBLISHED"
)

// The reasons of this package's faults.
const (
	ReasonPermissionDenied     = "PERMISSION_DENIED"
	ReasonNotFound             = "NOT_FOUND"
	ReasonNotAvailable         = "COURSE_NOT_AVAILABLE"
	ReasonIncomplete           = "COURSE_INCOMPLETE"
	ReasonFull                 = "COURSE_FULL"
	ReasonPublishing           = "COURSE_PUBLISHING"
	ReasonEtagMismatch         = "ETAG_MISMATCH"
	ReasonSubscriptionRequired = "SUBSCRIPTION_REQUIRED"
	ReasonPriceChanged         = "PRICE_CHANGED"
)

// Content is what a tutor says of a course.
type Content struct {
	Titles       Texts
	Summaries    Texts
	LanguageCode string // BCP 47, the language it is taught in
	Level        string // BEGINNER, INTERMEDIATE or ADVANCED
	Prices       Prices
}

// Course is a course with everything but its items.
type Course struct {
	ID      string
	TutorID string
	Tutor   string // the tutor's display name
	Country string // the tutor's home country in lower case, which the id begins with
	State   State
	Content
	ItemCount          int
	PublishedItemCount int
	// Operation is the publish saga that holds the course, empty when none does.
	Operation    string
	PublishCount int64 // of times that publishing began
	Facets       []string
	Revision     int64 // counts the writes by the tutor
	PublishTime  time.Time
	CreateTime   time.Time
	UpdateTime   time.Time
	// SubscriberCount is read for the tutor alone.
	SubscriberCount int64
}

// Viewer is who looks: zero for somebody without a token.
type Viewer struct {
	UserID      string
	Country     string
	DisplayName string
	Language    string // BCP 47, may be empty
	Tutor       bool   // has the tutor's role
}

// OwnedBy reports whether the viewer wrote the course.
func (c Course) OwnedBy(v Viewer) bool { return v.UserID != "" && v.UserID == c.TutorID }

// Etag returns the version of the course that a caller saw.
func (c Course) Etag() string { return strconv.FormatInt(c.Revision, 10) }

// Denied is the fault of a course that is another's or not there: the two are not told apart.
func Denied() *fault.Fault {
	return fault.New(fault.PermissionDenied, ReasonPermissionDenied, "the course is not the caller's")
}

// NotAvailable is the fault of a course that learners cannot see.
func NotAvailable(id string) *fault.Fault {
	return fault.New(fault.NotFound, ReasonNotAvailable, "there is no published course %s", id)
}

// mayEdit refuses whoever does not own the course, and everybody while it is being published.
func (c Course) mayEdit(v Viewer) error {
	switch {
	case !c.OwnedBy(v):
		return Denied()
	case c.Operation != "":
		return fault.New(fault.Conflict, ReasonPublishing,
			"the course is being published by operations/%s; publish it again if that has ended", c.Operation).With("operation", "operations/"+c.Operation)
	default:
		return nil
	}
}

func matchEtag(given, have string) error {
	if given != "" && given != have {
		return fault.New(fault.Conflict, ReasonEtagMismatch, "it has changed since; read it again")
	}
	return nil
}

// normalised returns the content with language tags in their canonical form; it names
// every field that is wrong.
func (c Content) normalised() (Content, error) {
	var wrong []fault.Field
	tag, err := language.Parse(c.LanguageCode)
	if err != nil || tag == language.Und {
		wrong = append(wrong, fault.Field{Name: "languageCode", Description: "is not a BCP 47 language"})
	}
	c.LanguageCode = tag.String()
	if !slices.Contains(levels, c.Level) {
		wrong = append(wrong, fault.Field{Name: "level", Description: "is none of " + strings.Join(levels, ", ")})
	}
	if len(c.Titles) == 0 {
		wrong = append(wrong, fault.Field{Name: "titles", Description: "has no title"})
	}
	c.Titles, wrong = c.Titles.normalised("titles", maxTitleRunes, wrong)
	c.Summaries, wrong = c.Summaries.normalised("summaries", maxSummaryRunes, wrong)
	wrong = c.Prices.check(wrong)
	if len(wrong) > 0 {
		return Content{}, fault.Invalid(wrong...)
	}
	return c, nil
}

var levels = []string{"BEGINNER", "INTERMEDIATE", "ADVANCED"}

// complete refuses a course that lacks what learners need; metadata say what.
func (c Course) complete() error {
	var missing string
	switch {
	case len(c.Titles) == 0:
		missing = "titles"
	case len(c.Prices) == 0:
		missing = "prices"
	case c.ItemCount == 0:
		missing = "items"
	default:
		return nil
	}
	return fault.New(fault.FailedPrecondition, ReasonIncomplete, "the course has no %s", missing).With("missing", missing)
}

// touch counts a write by the tutor.
func (c *Course) touch() {
	c.Revision++
	c.index()
}

// index brings the facets in line with the course.
func (c *Course) index() {
	c.Facets = nil
	if c.State == Published {
		c.Facets = facets(*c)
	}
}

// New makes a draft.
func New(id string, v Viewer, content Content) (Course, error) {
	if v.UserID == "" || v.Country == "" {
		return Course{}, fmt.Errorf("make course %s: no tutor", id)
	}
	content, err := content.normalised()
	if err != nil {
		return Course{}, err
	}
	return Course{
		ID: id, TutorID: v.UserID, Tutor: v.DisplayName, Country: v.Country,
		State: Draft, Content: content, Revision: 1,
	}, nil
}
