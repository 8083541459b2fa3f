package coursedb

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/course"
)

var columns = []string{
	"CourseId", "TutorId", "TutorName", "Country", "State", "LanguageCode", "Level", "Titles", "Summaries", "Prices",
	"ItemCount", "PublishedItemCount", "Operation", "PublishCount", "Facets", "Revision", "PublishTime", "CreateTime", "UpdateTime",
}

// row is a row of Courses.
type row struct {
	CourseId           string
	TutorId            string
	TutorName          string
	Country            string
	State              string
	LanguageCode       string
	Level              string
	Titles             string
	Summaries          string
	Prices             string
	ItemCount          int64
	PublishedItemCount int64
	Operation          string
	PublishCount       int64
	Facets             []string
	Revision           int64
	PublishTime        spanner.NullTime
	CreateTime         time.Time
	UpdateTime         time.Time
}

func decode(found *spanner.Row) (course.Course, error) {
	var r row
	if err := found.ToStruct(&r); err != nil {
		return course.Course{}, fmt.Errorf("decode course: %w", err)
	}
	c := course.Course{
		ID: r.CourseId, TutorID: r.TutorId, Tutor: r.TutorName, Country: r.Country, State: course.State(r.State),
		Content:   course.Content{LanguageCode: r.LanguageCode, Level: r.Level},
		ItemCount: int(r.ItemCount), PublishedItemCount: int(r.PublishedItemCount),
		Operation: r.Operation, PublishCount: r.PublishCount, Facets: r.Facets, Revision: r.Revision,
		PublishTime: r.PublishTime.Time, CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
	if err := errors.Join(
		json.Unmarshal([]byte(r.Titles), &c.Titles),
		json.Unmarshal([]byte(r.Summaries), &c.Summaries),
		json.Unmarshal([]byte(r.Prices), &c.Prices),
	); err != nil {
		return course.Course{}, fmt.Errorf("decode course %s: %w", c.ID, err)
	}
	return c, nil
}

// encode returns the columns of a course, the time of its creation apart.
func encode(c course.Course) (map[string]any, error) {
	facets := c.Facets
	if facets == nil {
		facets = []string{}
	}
	values := map[string]any{
		"CourseId": c.ID, "TutorId": c.TutorID, "TutorName": c.Tutor, "Country": c.Country, "State": string(c.State),
		"LanguageCode": c.LanguageCode, "Level": c.Level, "ItemCount": c.ItemCount, "PublishedItemCount": c.PublishedItemCount,
		"Operation": c.Operation, "PublishCount": c.PublishCount, "Facets": facets, "Revision": c.Revision,
		"PublishTime": spanner.NullTime{Time: c.PublishTime, Valid: !c.PublishTime.IsZero()},
		"UpdateTime":  spanner.CommitTimestamp,
	}
	for name, value := range map[string]any{"Titles": c.Titles, "Summaries": c.Summaries, "Prices": c.Prices} {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode %s of course %s: %w", name, c.ID, err)
		}
		values[name] = string(encoded)
	}
	return values, nil
}
