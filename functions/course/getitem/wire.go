package getitem

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (course.Reading, error) {
	database, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return course.Reading{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return course.Reading{}, err
	}
	staleness, err := config.Seconds("CATALOGUE_STALENESS_SECONDS", 10)
	if err != nil {
		return course.Reading{}, err
	}
	store := coursedb.New(database)
	return course.Reading{
		Courses: store, Items: store, Enrollments: store, Tokens: tokens,
		Clock: platform.Clock(), Staleness: staleness,
	}, nil
}
