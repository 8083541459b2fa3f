package listcourses

import (
	"context"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (course.Catalogue, error) {
	database, err := spannerdb.Open(ctx, "course")
	if err != nil {
		return course.Catalogue{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return course.Catalogue{}, err
	}
	staleness, err := config.Seconds("CATALOGUE_STALENESS_SECONDS", 10)
	if err != nil {
		return course.Catalogue{}, err
	}
	store := coursedb.New(database)
	return course.Catalogue{Courses: store, Tokens: tokens, Staleness: staleness}, nil
}
