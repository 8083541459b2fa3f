package main

import (
	"context"
	"net/http"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/sample"
	"github.com/kwipper/kwipper/shared/api"
)

// price is what every course costs in Japan.
var price = api.Money{Amount: "1480", CurrencyCode: "JPY"}

func createItem(ctx context.Context, tutor *frontend.Client, c api.Course) (item api.Item, err error) {
	err = tutor.Call(ctx, http.MethodPost, "/"+c.Name+"/items", sample.Courses[0].Items[0], &item)
	return item, err
}

// media are what an item with media has.
var media = []frontend.Media{
	{Kind: "VIDEO", Filename: "lesson.mp4", MimeType: "video/mp4", Bytes: sample.Lesson},
	{Kind: "FILE", Filename: "handout.pdf", MimeType: "application/pdf", Bytes: sample.Handout},
}

// publishCourse publishes a course whose one item has a video and a PDF.
func publishCourse(ctx context.Context, tutor *frontend.Client) (c api.Course, item api.Item, err error) {
	request := sample.Courses[0].Course
	request.Prices = api.Prices{"JP": price}
	if err := tutor.Call(ctx, http.MethodPost, "/courses", request, &c); err != nil {
		return c, item, err
	}
	if item, err = createItem(ctx, tutor, c); err != nil {
		return c, item, err
	}
	for _, m := range media {
		if _, err := tutor.Upload(ctx, item.Name, m); err != nil {
			return c, item, err
		}
	}
	return c, item, publish(ctx, tutor, c)
}

func publish(ctx context.Context, tutor *frontend.Client, c api.Course) error {
	var o api.Operation
	if err := tutor.Call(ctx, http.MethodPost, "/"+c.Name+":publish", nil, &o, "Prefer", "wait=10"); err != nil {
		return err
	}
	_, err := tutor.Await(ctx, o)
	return err
}
