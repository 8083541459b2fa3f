package content

import (
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/api"
)

// Kind says what a content is for.
type Kind string

// The kinds of content.
const (
	Video Kind = "VIDEO" // streamed
	File  Kind = "FILE"  // downloaded
)

// State says where a content stands.
type State string

// The states of a content.
const (
	AwaitingUpload State = "AWAITING_UPLOAD"
	Processing     State = "PROCESSING" // uploaded, being checked
	Ready          State = "READY"
	Failed         State = "FAILED"
	Deleted        State = "DELETED" // its object is being deleted; nobody sees it
)

// Content is a video or a file of an item.
type Content struct {
	ID              string
	CourseID        string
	ItemID          string
	OwnerID         string // the tutor who uploads it
	Country         string // of the course
	Kind            Kind
	State           State
	Published       bool
	AttachedBy      string // the publish saga that attached it
	Filename        string
	MimeType        string
	SizeBytes       int64
	DurationSeconds int
	Revision        int // of the item's media; part of the object's name
	Bucket          string
	Object          string
	Generation      int64 // of the object that was checked
	UploadURI       string
	FailureReason   string
	CreateTime      time.Time
	UpdateTime      time.Time
}

// objectName is under course, item and revision, so that one CDN prefix covers an item.
func (c *Content) objectName() string {
	return c.CourseID + "/" + c.ItemID + "/" + strconv.Itoa(c.Revision) + "/" + c.ID
}

// Name returns the resource name.
func (c *Content) Name() string {
	return "courses/" + c.CourseID + "/items/" + c.ItemID + "/contents/" + c.ID
}

// Etag changes whenever the content does.
func (c *Content) Etag() string { return strconv.FormatInt(c.UpdateTime.UnixMicro(), 36) }

// Resource returns the content as the API shows it, without its upload session.
func (c *Content) Resource() api.Content {
	return api.Content{
		Name: c.Name(), Kind: api.ContentKind(c.Kind), State: api.ContentState(c.State), Published: c.Published,
		Filename: c.Filename, MimeType: c.MimeType, SizeBytes: c.SizeBytes, DurationSeconds: int32(c.DurationSeconds), //nolint:gosec // at most a day
		FailureReason: c.FailureReason, CreateTime: c.CreateTime, UpdateTime: c.UpdateTime, Etag: c.Etag(),
	}
}
