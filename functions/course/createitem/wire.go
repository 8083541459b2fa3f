package createitem

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (course.Authoring, error) {
	database, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return course.Authoring{}, err
	}
	store := coursedb.New(database)
	return course.Authoring{Courses: store, Items: store}, nil
}
