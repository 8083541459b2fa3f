package content_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/fault"
)

var movie = []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42")

// shelf holds one content and its object. during is called while the object is looked into.
type shelf struct {
	row     content.Content
	gone    bool // the row
	deleted bool // the object
	during  func()
	asked   func() // after the row was found by its object
	fail    error
}

func (s *shelf) missing() error { return fault.New(fault.NotFound, "NOT_FOUND", "none") }

func (s *shelf) ByObject(context.Context, string, string) (content.Content, error) {
	if s.gone {
		return content.Content{}, s.missing()
	}
	found := s.row
	if asked := s.asked; asked != nil {
		s.asked = nil
		asked()
	}
	return found, nil
}

func (s *shelf) ChangeContent(_ context.Context, _, _, _ string, change func(*content.Content) error) (content.Content, error) {
	if s.gone {
		return content.Content{}, s.missing()
	}
	return s.row, change(&s.row)
}

func (s *shelf) Head(context.Context, string, string, int64) ([]byte, error) {
	if during := s.during; during != nil {
		s.during = nil
		during()
	}
	return movie, s.fail
}

func (s *shelf) Delete(context.Context, string, string) error {
	s.deleted = true
	return nil
}

func newShelf() (*shelf, *content.Finalizer) {
	s := &shelf{row: content.Content{ID: "jp-1", Kind: content.Video, MimeType: "video/mp4", State: content.AwaitingUpload, SizeBytes: 24}}
	return s, &content.Finalizer{Store: s, Objects: s, Clock: clock.Fixed(time.Unix(1, 0))}
}

func upload(generation, size int64) content.Uploaded {
	return content.Uploaded{Bucket: "b", Object: "o", Generation: generation, SizeBytes: size}
}

func TestALaterUploadThatIsCheckedFirstStays(t *testing.T) {
	s, f := newShelf()
	s.during = func() { require.NoError(t, f.Finalize(t.Context(), upload(2, 23))) } // not what was announced
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.Equal(t, content.Failed, s.row.State)
	assert.EqualValues(t, 2, s.row.Generation)
}

func TestADuplicateThatReadBeforeDoesNotProcessAgain(t *testing.T) {
	s, f := newShelf()
	s.asked = func() { require.NoError(t, f.Finalize(t.Context(), upload(1, 24))) }
	s.fail = nil
	s.during = func() { // of the inner one; the outer one then cannot look into the object
		s.during = func() { s.fail = errors.New("down") }
	}
	assert.Error(t, f.Finalize(t.Context(), upload(1, 24)), "it is delivered again")
	assert.Equal(t, content.Ready, s.row.State, "and left no trace")
	s.fail = nil
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.Equal(t, content.Ready, s.row.State)
}

func TestAContentDeletedWhileItIsChecked(t *testing.T) {
	s, f := newShelf()
	s.during = func() { s.gone = true }
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.True(t, s.deleted, "an object without a row")

	s, f = newShelf()
	s.during = func() { s.row.State = content.Deleted }
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.Equal(t, content.Deleted, s.row.State)
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.True(t, s.deleted)
}

func TestACheckThatCrashedIsMadeAgain(t *testing.T) {
	s, f := newShelf()
	s.fail = errors.New("down")
	require.Error(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.Equal(t, content.Processing, s.row.State)
	s.fail = nil
	require.NoError(t, f.Finalize(t.Context(), upload(1, 24)))
	assert.Equal(t, content.Ready, s.row.State)
}
