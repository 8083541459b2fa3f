package course

import (
	"context"
)

// Subscribers lists who subscribed to a course, for its tutor.
type Subscribers struct {
	Courses     Courses
	Enrollments Enrollments
	Tokens      Tokens
}

// List returns a page of a course's enrollments and the token of the next.
func (s Subscribers) List(ctx context.Context, v Viewer, courseID string, size int, token string) ([]Enrollment, string, error) {
	course, err := denyUnknown(s.Courses.Get(ctx, courseID, 0))
	if err != nil {
		return nil, "", err
	}
	if !course.OwnedBy(v) {
		return nil, "", Denied()
	}
	filter := struct{ Subscribers string }{courseID}
	page, err := pageOf(s.Tokens, token, filter, size, 0)
	if err != nil {
		return nil, "", err
	}
	found, after, readTime, err := s.Enrollments.ListEnrollments(ctx, courseID, page)
	if err != nil || after == "" {
		return found, "", err
	}
	token, err = next(s.Tokens, after, readTime, filter)
	return found, token, err
}
