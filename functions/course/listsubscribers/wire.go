package listsubscribers

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (course.Subscribers, error) {
	database, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return course.Subscribers{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return course.Subscribers{}, err
	}
	store := coursedb.New(database)
	return course.Subscribers{Courses: store, Enrollments: store, Tokens: tokens}, nil
}
