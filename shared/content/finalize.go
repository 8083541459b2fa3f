package content

import (
	"context"
	"fmt"
	"log/slog"
	"net/http" //nolint:depguard // for its sniffing alone, which is pure

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
)

// Uploaded is an object that has been written.
type Uploaded struct {
	Bucket, Object string
	Generation     int64
	SizeBytes      int64
}

// UploadStore finds and changes what an object belongs to.
type UploadStore interface {
	// ByObject reads the content of an object, deleted or not; NotFound when there is none.
	ByObject(ctx context.Context, bucket, object string) (Content, error)
	ChangeContent(ctx context.Context, courseID, itemID, id string, change func(*Content) error) (Content, error)
}

// Objects reads and deletes objects.
type Objects interface {
	Head(ctx context.Context, bucket, object string, length int64) ([]byte, error)
	Delete(ctx context.Context, bucket, object string) error
}

// Finalizer checks uploads.
type Finalizer struct {
	Store   UploadStore
	Objects Objects
	Clock   clock.Clock
}

// sniffLength is what http.DetectContentType looks at.
const sniffLength = 512

// Finalize checks what was uploaded against what was announced, and makes the content
// ready, or failed. A notification may come twice, late, or for a content deleted since.
//
// An upload's address is handed out once its row is stored, so an object without a row is
// that of a deleted content, whose upload ended after the deletion.
func (f *Finalizer) Finalize(ctx context.Context, u Uploaded) error {
	c, err := f.Store.ByObject(ctx, u.Bucket, u.Object)
	if fault.Is(err, fault.NotFound) || err == nil && c.State == Deleted {
		slog.InfoContext(ctx, "an object of a deleted content is deleted", "bucket", u.Bucket, "object", u.Object)
		return f.Objects.Delete(ctx, u.Bucket, u.Object)
	}
	if err != nil {
		return err
	}
	if u.Generation <= c.Generation {
		return nil
	}
	if err := f.change(ctx, c, u, func(c *Content) { c.State = Processing }); err != nil {
		return err
	}
	reason, err := f.inspect(ctx, c, u)
	if err != nil {
		return err
	}
	return f.change(ctx, c, u, func(c *Content) {
		c.Generation, c.FailureReason, c.State = u.Generation, reason, Ready
		if reason != "" {
			c.State, c.Published = Failed, false
		}
	})
}

// change applies what was found out about an upload, unless the content is deleted or a
// notification of this or a later upload was faster.
func (f *Finalizer) change(ctx context.Context, c Content, u Uploaded, apply func(*Content)) error {
	_, err := f.Store.ChangeContent(ctx, c.CourseID, c.ItemID, c.ID, func(c *Content) error {
		if c.State != Deleted && u.Generation > c.Generation {
			apply(c)
			c.UpdateTime = f.Clock.Now()
		}
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// inspect returns why an upload is not what was announced, or nothing.
func (f *Finalizer) inspect(ctx context.Context, c Content, u Uploaded) (reason string, err error) {
	if u.SizeBytes != c.SizeBytes {
		return fmt.Sprintf("%d bytes were announced and %d uploaded", c.SizeBytes, u.SizeBytes), nil
	}
	head, err := f.Objects.Head(ctx, u.Bucket, u.Object, sniffLength)
	if fault.Is(err, fault.NotFound) {
		return "the uploaded object is gone", nil
	}
	if err != nil {
		return "", fmt.Errorf("look into %s: %w", u.Object, err)
	}
	found := http.DetectContentType(head)
	if c.Kind == Video && found != c.MimeType {
		return "the bytes are not " + c.MimeType + " but " + found, nil
	}
	if c.MimeType == "application/pdf" && found != c.MimeType {
		return "the bytes are not a PDF but " + found, nil
	}
	return "", nil
}
