package content

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
)

// Store keeps contents and entitlements.
type Store interface {
	// CreateContent stores a content once a key. open calls outside: it runs under a lease,
	// not in a transaction, with the revision that the content is to have.
	CreateContent(ctx context.Context, key idempotency.Key, courseID, itemID string, open func(ctx context.Context, revision int) (Content, error)) (Content, error)
	// Content reads a content that is not deleted; NotFound when there is none.
	Content(ctx context.Context, courseID, itemID, id string) (Content, error)
	// Contents lists the contents of an item that are not deleted, in order of their ids.
	Contents(ctx context.Context, courseID, itemID string) ([]Content, error)
	ChangeContent(ctx context.Context, courseID, itemID, id string, change func(*Content) error) (Content, error)
	// RemoveContent deletes the row of a deleted content.
	RemoveContent(ctx context.Context, courseID, itemID, id string) error
	// AccessUntil returns until when a learner has a course, the zero time when never.
	AccessUntil(ctx context.Context, userID, courseID string) (time.Time, error)
}

// Upload describes an upload session to be opened.
type Upload struct {
	Bucket, Object, ContentType, Origin string
	SizeBytes                           int64
}

// Storage is the part of Cloud Storage that the library uses.
type Storage interface {
	OpenUpload(ctx context.Context, u Upload) (uri string, err error)
	// Sign returns a URL of an object until expires (machine time); filename, when not
	// empty, makes it a download of that name.
	Sign(bucket, object, mimeType, filename string, expires time.Time) (string, error)
	Delete(ctx context.Context, bucket, object string) error
}

// Library is the media of courses.
type Library struct {
	Store   Store
	Storage Storage
	Clock   clock.Clock
	// BucketTemplate names the bucket of a country, with {country} in it.
	BucketTemplate string
}

// Draft describes a content to be uploaded.
type Draft struct {
	CourseID, ItemID, OwnerID, Origin string
	Kind                              Kind
	Filename, MimeType                string
	SizeBytes                         int64
	DurationSeconds                   int
}

// videoTypes are what browsers play.
var videoTypes = map[string]bool{"video/mp4": true, "video/webm": true}

func (d Draft) check() error {
	if d.Kind == Video && !videoTypes[d.MimeType] {
		return fault.Invalid(fault.Field{Name: "mimeType", Description: "of a video is video/mp4 or video/webm"})
	}
	if strings.ContainsFunc(d.Filename, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fault.Invalid(fault.Field{Name: "filename", Description: "has control characters"})
	}
	if strings.Trim(d.Filename, ". ") == "" {
		return fault.Invalid(fault.Field{Name: "filename", Description: "has nothing but dots and blanks"})
	}
	return nil
}

// Create stores a content and opens the session that its bytes are uploaded in.
func (l *Library) Create(ctx context.Context, key idempotency.Key, d Draft) (Content, error) {
	if err := d.check(); err != nil {
		return Content{}, err
	}
	country, _, _ := strings.Cut(d.CourseID, "-")
	created, err := l.Store.CreateContent(ctx, key, d.CourseID, d.ItemID, func(ctx context.Context, revision int) (Content, error) {
		now := l.Clock.Now()
		c := Content{
			ID: key.NewID(country), CourseID: d.CourseID, ItemID: d.ItemID, OwnerID: d.OwnerID, Country: country, Kind: d.Kind,
			State: AwaitingUpload, Filename: d.Filename, MimeType: d.MimeType, SizeBytes: d.SizeBytes, DurationSeconds: d.DurationSeconds,
			Revision: revision, Bucket: strings.ReplaceAll(l.BucketTemplate, "{country}", country), CreateTime: now, UpdateTime: now,
		}
		c.Object = c.objectName()
		uri, err := l.Storage.OpenUpload(ctx, Upload{
			Bucket: c.Bucket, Object: c.Object, ContentType: c.MimeType, Origin: d.Origin, SizeBytes: c.SizeBytes,
		})
		if err != nil {
			return Content{}, fmt.Errorf("open the upload of %s: %w", c.Object, err)
		}
		c.UploadURI = uri
		return c, nil
	})
	if err != nil {
		return Content{}, fmt.Errorf("create content: %w", err)
	}
	return created, nil
}

// Visible returns what a user may see of an item's contents: their own uploads, and what
// is published while they are entitled. Who may see nothing for want of a subscription is
// refused with SUBSCRIPTION_REQUIRED. until is when the entitlement ends, zero for a tutor
// who sees their own.
func (l *Library) Visible(ctx context.Context, userID, courseID, itemID string) (visible []Content, until time.Time, err error) {
	all, err := l.Store.Contents(ctx, courseID, itemID)
	if err != nil {
		return nil, time.Time{}, err
	}
	until, err = l.Store.AccessUntil(ctx, userID, courseID)
	if err != nil {
		return nil, time.Time{}, err
	}
	entitled, own := until.After(l.Clock.Now()), false
	for _, c := range all {
		own = own || c.OwnerID == userID
		if c.OwnerID == userID || entitled && c.Published && c.State == Ready {
			visible = append(visible, c)
		}
	}
	if !entitled && !own {
		return nil, time.Time{}, subscriptionRequired(courseID)
	}
	if !entitled {
		until = time.Time{}
	}
	return visible, until, nil
}

// List returns what a user may see of an item's contents. A tutor who has uploaded nothing
// yet sees nothing, rather than being told to subscribe: whose course it is, is not known
// here.
func (l *Library) List(ctx context.Context, userID string, tutor bool, courseID, itemID string) ([]Content, error) {
	visible, _, err := l.Visible(ctx, userID, courseID, itemID)
	if tutor && fault.ReasonOf(err) == reasonSubscriptionRequired {
		return nil, nil
	}
	return visible, err
}

// Get returns one content to who may see it.
func (l *Library) Get(ctx context.Context, userID, courseID, itemID, id string) (Content, error) {
	visible, _, err := l.Visible(ctx, userID, courseID, itemID)
	if err != nil {
		return Content{}, err
	}
	for _, c := range visible {
		if c.ID == id {
			return c, nil
		}
	}
	return Content{}, fault.New(fault.NotFound, "NOT_FOUND", "there is no content %s in item %s", id, itemID)
}

// Delete removes a content of the caller's: the row says so first, then the object goes,
// then the row. Repeating it goes on where it stopped. etag, when not empty, must match.
func (l *Library) Delete(ctx context.Context, userID, courseID, itemID, id, etag string) error {
	c, err := l.Store.ChangeContent(ctx, courseID, itemID, id, func(c *Content) error {
		switch {
		case c.OwnerID != userID:
			return fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "content %s is not the caller's", id)
		case c.State == Deleted:
			return nil
		case etag != "" && etag != c.Etag():
			return fault.New(fault.Conflict, "ETAG_MISMATCH", "content %s has changed", id)
		}
		c.State, c.Published, c.UpdateTime = Deleted, false, l.Clock.Now()
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.PermissionDenied, "PERMISSION_DENIED", "content %s is not the caller's", id)
	}
	if err != nil {
		return err
	}
	if err := l.Storage.Delete(ctx, c.Bucket, c.Object); err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("delete object %s: %w", c.Object, err)
	}
	return l.Store.RemoveContent(ctx, courseID, itemID, id)
}

const reasonSubscriptionRequired = "SUBSCRIPTION_REQUIRED"

func subscriptionRequired(courseID string) error {
	return fault.New(fault.PermissionDenied, reasonSubscriptionRequired, "course %s is open to its subscribers", courseID)
}
