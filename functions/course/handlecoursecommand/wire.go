package handlecoursecommand

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (course.Commands, error) {
	database, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return course.Commands{}, err
	}
	store := coursedb.New(database)
	return course.Commands{Courses: store, Steps: store}, nil
}
