package contentdb_test

import (
	"fmt"
	"testing"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
)

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, contentdb.Schema()...))
	store := contentdb.Store{Client: r.Client}
	r.Fill(t, "Contents", 400, func(i int) map[string]any {
		return map[string]any{
			"CourseId": fmt.Sprintf("c%02d", i/20), "ItemId": fmt.Sprintf("i%d", i/4%5), "ContentId": fmt.Sprint(i), "Bucket": "b", "Object": fmt.Sprint(i),
		}
	})
	r.Fill(t, "Entitlements", 200, func(i int) map[string]any {
		return map[string]any{"UserId": fmt.Sprintf("u%d", i/20), "CourseId": fmt.Sprintf("c%02d", i/2%10), "SubscriptionId": fmt.Sprint(i)}
	})
	r.Fill(t, "Progress", 400, func(i int) map[string]any {
		return map[string]any{"UserId": fmt.Sprintf("u%d", i/200), "CourseId": fmt.Sprintf("c%02d", i/5%40), "ItemId": fmt.Sprint(i % 5)}
	})
	r.Expect(t, func() error { _, err := store.Contents(ctx, "c01", "i1"); return err }, "list-contents: 4 rows by Contents")
	r.Expect(t, func() error { _, err := store.Content(ctx, "c00", "i0", "1"); return err }, "get-content: 1 rows by Contents")
	r.Expect(t, func() error { _, err := store.ByObject(ctx, "b", "1"); return err },
		"content-by-object: 1 rows by ContentsByObject", "get-content: 1 rows by Contents")
	r.Expect(t, func() error { _, err := store.AccessUntil(ctx, "u1", "c02"); return err }, "access-until: 2 rows by Entitlements")
	cmd := message.Command{Version: 1, Saga: "s", Step: "a", Service: message.Content, Name: "a", Country: "jp", StartTime: start}
	r.Expect(t, func() error {
		_, err := store.Grant(ctx, cmd, message.Enrollment{UserID: "u1", CourseID: "c02", SubscriptionID: "24"})
		return err
	}, "barrier-load: 0 rows by SagaBarriers", "get-entitlement: 1 rows by Entitlements")
	cmd.Step, cmd.Name = "b", "b"
	r.Expect(t, func() error {
		_, err := store.ChangeCourse(ctx, cmd, "c02", func([]content.Content) ([]content.Content, any, error) { return nil, nil, nil })
		return err
	}, "barrier-load: 0 rows by SagaBarriers", "contents-of-course: 20 rows by Contents")

	// Of three courses with five items each: eleven rows until the third, then all fifteen.
	r.Expect(t, func() error { _, err := store.StartedCourses(ctx, "u1", "c10", 3); return err }, "started-courses: 26 rows by Progress and by Progress")
	r.Expect(t, func() error { _, err := store.CourseProgress(ctx, "u1", "c10"); return err }, "course-progress: 5 rows by Progress")
	r.Expect(t, func() error {
		_, err := store.ChangeProgress(ctx, content.ItemProgress{UserID: "u1", CourseID: "c10", ItemID: "1"}, func(*content.ItemProgress) {})
		return err
	}, "item-progress: 1 rows by Progress")
	r.CoverPackage(t, ".")
}
