package publishcourse

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// dependencies are what publishing touches: the course database, the sagas, and the
// topics of commands.
type dependencies struct {
	publishing course.Publishing
	sagas      *sagadb.Store
}

func wire(ctx context.Context) (dependencies, error) {
	courses, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return dependencies{}, err
	}
	sagas, err := spannerdb.OpenAs(ctx, "saga", "saga_starter")
	if err != nil {
		return dependencies{}, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return dependencies{}, err
	}
	store := sagadb.New(sagas, publisher, enrollment.Registry(), platform.Clock())
	return dependencies{
		publishing: course.Publishing{Courses: coursedb.New(courses), Sagas: store},
		sagas:      store,
	}, nil
}
