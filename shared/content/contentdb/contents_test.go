package contentdb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
)

// add stores a content of an item as it stands.
func (s *service) add(id, item, owner string, kind content.Kind, state content.State) content.Content {
	s.t.Helper()
	c := content.Content{
		ID: id, CourseID: "jp-c", ItemID: item, OwnerID: owner, Country: "jp", Kind: kind, State: state, Filename: "f", MimeType: "video/mp4",
		SizeBytes: 9, DurationSeconds: 3, Bucket: "b", Object: "o/" + id, UploadURI: "https://upload", CreateTime: start, UpdateTime: start,
	}
	stored, err := s.store.CreateContent(ctx, idempotency.NewKey("uid", "CreateContent", "jp", id, "/p", nil), "jp-c", item,
		func(_ context.Context, revision int) (content.Content, error) {
			c.Revision = revision
			return c, nil
		})
	require.NoError(s.t, err)
	return stored
}

// publish gives an item of any course a published video.
func (s *service) publish(courseID, item string) {
	s.t.Helper()
	id := courseID + "/" + item
	_, err := s.store.CreateContent(ctx, idempotency.NewKey("uid", "CreateContent", "jp", id, "/p", nil), courseID, item,
		func(context.Context, int) (content.Content, error) {
			return content.Content{
				ID: id, CourseID: courseID, ItemID: item, OwnerID: "jp-t", Country: "jp", Kind: content.Video, State: content.Ready,
				Published: true, Filename: "f", MimeType: "video/mp4", SizeBytes: 9, Bucket: "b", Object: id, CreateTime: start, UpdateTime: start,
			}, nil
		})
	require.NoError(s.t, err)
}

func (s *service) published() []string {
	s.t.Helper()
	var ids []string
	for _, item := range []string{"jp-i1", "jp-i2"} {
		all, err := s.store.Contents(ctx, "jp-c", item)
		require.NoError(s.t, err)
		for _, c := range all {
			if c.Published {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}

const (
	attach = message.AttachMediaCommand
	detach = message.DetachMediaCommand
)

var publication = message.AttachMedia{CourseID: "jp-c", TutorID: "jp-t", ItemIDs: []string{"jp-i1", "jp-i2"}}

func TestOnlyTheCoursesTutorsOwnUploadsAreAttached(t *testing.T) {
	s := newService(t)
	s.add("jp-1", "jp-i1", "jp-t", content.Video, content.Ready)
	s.add("jp-2", "jp-i1", "jp-t", content.File, content.Ready)
	s.add("jp-3", "jp-i1", "jp-stranger", content.Video, content.Ready)
	s.add("jp-4", "jp-i2", "jp-stranger", content.Video, content.Ready)
	s.add("jp-5", "jp-i9", "jp-t", content.Video, content.AwaitingUpload) // of an item that is gone
	s.add("jp-6", "jp-i1", "jp-t", content.Video, content.Failed)

	refused := s.must("g1", attach, attach, publication)
	assert.Equal(t, "CONTENT_MISSING", refused.Failure.Reason)
	assert.Equal(t, "courses/jp-c/items/jp-i2", refused.Failure.Metadata["item"])
	assert.Empty(t, s.published(), "nothing of a refusal is kept")

	s.add("jp-7", "jp-i2", "jp-t", content.Video, content.AwaitingUpload)
	refused = s.must("g2", attach, attach, publication)
	assert.Equal(t, "CONTENT_NOT_READY", refused.Failure.Reason)
	assert.Equal(t, "courses/jp-c/items/jp-i2/contents/jp-7", refused.Failure.Metadata["content"])

	_, err := s.store.ChangeContent(ctx, "jp-c", "jp-i2", "jp-7", func(c *content.Content) error { c.State = content.Ready; return nil })
	require.NoError(t, err)
	done := s.must("g3", attach, attach, publication)
	require.Equal(t, message.Done, done.Outcome)
	assert.JSONEq(t, `{"contentCount":3}`, string(done.Body))
	assert.Equal(t, []string{"jp-1", "jp-2", "jp-7"}, s.published())
}

func TestDetachTakesBackWhatItsSagaAttached(t *testing.T) {
	s := newService(t)
	s.add("jp-1", "jp-i1", "jp-t", content.Video, content.Ready)
	s.add("jp-2", "jp-i2", "jp-t", content.Video, content.Ready)
	s.must("g1", attach, attach, publication)
	second := s.add("jp-3", "jp-i2", "jp-t", content.File, content.Ready)
	assert.Equal(t, 2, second.Revision, "media after what is published has a prefix of its own")
	s.must("g2", attach, attach, publication)
	assert.Equal(t, []string{"jp-1", "jp-2", "jp-3"}, s.published())
	s.must("g2", attach, detach, publication)
	assert.Equal(t, []string{"jp-1", "jp-2"}, s.published())
}

func TestContentsAreFoundByObjectAndKeepWhatTheModelSays(t *testing.T) {
	s := newService(t)
	c := s.add("jp-1", "jp-i1", "jp-t", content.Video, content.AwaitingUpload)
	found, err := s.store.ByObject(ctx, "b", "o/jp-1")
	require.NoError(t, err)
	assert.Equal(t, c, found)
	read, err := s.store.Content(ctx, "jp-c", "jp-i1", "jp-1")
	require.NoError(t, err)
	assert.Equal(t, c, read)
	_, err = s.store.ByObject(ctx, "b", "o/none")
	assert.True(t, fault.Is(err, fault.NotFound))

	_, err = s.store.ChangeContent(ctx, "jp-c", "jp-i1", "jp-1", func(c *content.Content) error { c.State = content.Deleted; return nil })
	require.NoError(t, err)
	_, err = s.store.Content(ctx, "jp-c", "jp-i1", "jp-1")
	assert.True(t, fault.Is(err, fault.NotFound))
	all, err := s.store.Contents(ctx, "jp-c", "jp-i1")
	require.NoError(t, err)
	assert.Empty(t, all)
	found, err = s.store.ByObject(ctx, "b", "o/jp-1")
	require.NoError(t, err)
	assert.Equal(t, content.Deleted, found.State)
	require.NoError(t, s.store.RemoveContent(ctx, "jp-c", "jp-i1", "jp-1"))
	require.NoError(t, s.store.RemoveContent(ctx, "jp-c", "jp-i1", "jp-1"))
	_, err = s.store.ChangeContent(ctx, "jp-c", "jp-i1", "jp-1", func(*content.Content) error { return nil })
	assert.True(t, fault.Is(err, fault.NotFound))
}

func TestCreateContentOpensOnceAKey(t *testing.T) {
	s := newService(t)
	key := idempotency.NewKey("uid", "CreateContent", "jp", "k", "/p", []byte(`{}`))
	opened := 0
	open := func(_ context.Context, revision int) (content.Content, error) {
		if opened++; opened == 1 {
			return content.Content{}, errors.New("storage is down")
		}
		return content.Content{ID: "jp-1", CourseID: "jp-c", ItemID: "jp-i1", Revision: revision, Object: "o", CreateTime: start, UpdateTime: start}, nil
	}
	_, err := s.store.CreateContent(ctx, key, "jp-c", "jp-i1", open)
	require.Error(t, err)
	first, err := s.store.CreateContent(ctx, key, "jp-c", "jp-i1", open)
	require.NoError(t, err, "the lease was released")
	again, err := s.store.CreateContent(ctx, key, "jp-c", "jp-i1", open)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Equal(t, 2, opened)
	_, err = s.store.CreateContent(ctx, idempotency.NewKey("uid", "CreateContent", "jp", "k", "/p", []byte(`{"a":1}`)), "jp-c", "jp-i1", open)
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", fault.ReasonOf(err))
}
