package coursedb_test

import (
	"fmt"
	"testing"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
)

// fillCourses writes 200 courses of two tutors under two facets, each with four items, five
// enrollments and three counts.
func fillCourses(t *testing.T, r *readstesting.Reads) {
	id := func(i int) string { return fmt.Sprintf("c%03d", i) }
	r.Fill(t, "Courses", 200, func(i int) map[string]any {
		return map[string]any{"CourseId": id(i), "TutorId": fmt.Sprintf("u%d", i%2), "Titles": "{}", "Summaries": "{}", "Prices": "{}"}
	})
	r.Fill(t, "CourseListings", 200, func(i int) map[string]any {
		return map[string]any{"Facet": fmt.Sprintf("f%d", i%2), "CourseId": id(i)}
	})
	r.Fill(t, "Items", 800, func(i int) map[string]any {
		return map[string]any{"CourseId": id(i / 4), "ItemId": fmt.Sprint(i % 4)}
	})
	r.Fill(t, "Enrollments", 1000, func(i int) map[string]any {
		return map[string]any{"CourseId": id(i / 100), "UserId": fmt.Sprintf("u%02d", i/2%50), "SubscriptionId": fmt.Sprint(i % 2)}
	})
	r.Fill(t, "SubscriberCounts", 600, func(i int) map[string]any { return map[string]any{"CourseId": id(i / 3), "Shard": i % 3} })
}

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, coursedb.Schema()...))
	store := coursedb.New(r.Client)
	ctx := t.Context()
	fillCourses(t, r)
	r.Expect(t, func() error { _, err := store.Get(ctx, "c001", 0); return err }, "course-get: 1 rows by Courses")
	for _, after := range []string{"", "c100"} {
		p := course.Page{After: after, Limit: 11}
		r.Expect(t, func() error { _, _, err := store.ListByFacet(ctx, "f0", p); return err },
			"course-list-facet: 11 rows by CourseListings", "course-list: 11 rows by Courses")
		r.Expect(t, func() error { _, _, err := store.ListByTutor(ctx, "u0", p); return err },
			"course-list-tutor: 11 rows by CoursesByTutor", "course-list: 11 rows by Courses")
	}
	r.Expect(t, func() error { _, err := store.CountSubscribers(ctx, "c001"); return err }, "course-count-subscribers: 3 rows by SubscriberCounts")
	r.Expect(t, func() error { _, _, err := store.Outline(ctx, "c001", course.Page{}); return err }, "item-outline: 4 rows by Items")
	r.Expect(t, func() error { _, err := store.Item(ctx, "c001", "1"); return err }, "item-get: 1 rows by Items")
	r.Expect(t, func() error { _, err := store.AccessUntil(ctx, "c001", "u03"); return err }, "enrollment-access: 2 rows by Enrollments")
	for _, after := range []string{"", "u20/1"} {
		r.Expect(t, func() error {
			_, _, _, err := store.ListEnrollments(ctx, "c001", course.Page{After: after, Limit: 11})
			return err
		}, "enrollment-list: 11 rows by Enrollments")
	}
	cmd := message.Command{Version: 1, Saga: "s", Step: "a", Service: message.Course, Name: "a", Country: "jp"}
	r.Expect(t, func() error {
		_, err := store.Enroll(ctx, cmd, course.Enrollment{CourseID: "c001", UserID: "new", SubscriptionID: "s"})
		return err
	}, "barrier-load: 0 rows by SagaBarriers", "enrollment-get: 0 rows by Enrollments", "course-count: 1 rows by SubscriberCounts")
	r.CoverPackage(t, ".")
}
