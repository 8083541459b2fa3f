package course

import (
	"maps"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/shared/api"
)

// Resource returns the course as the API shows it to a viewer: with title and summary in the
// language nearest to languageCode that it has a title in (no summary rather than one in
// another language) and the price of a region, and for its tutor the maps besides.
func (c Course) Resource(v Viewer, regionCode, languageCode string) api.Course {
	title, textLanguage := c.Titles.Pick(languageCode, c.LanguageCode)
	r := api.Course{
		Name: "courses/" + c.ID, Tutor: "users/" + c.TutorID, TutorDisplayName: c.Tutor,
		State: api.CourseState(c.State), Title: title, Summary: c.Summaries[textLanguage], TextLanguageCode: textLanguage,
		LanguageCode: c.LanguageCode, Level: api.Level(c.Level), ItemCount: int32(c.PublishedItemCount), //nolint:gosec // at most 200
		CreateTime: c.CreateTime, UpdateTime: c.UpdateTime, PublishTime: c.PublishTime, Etag: c.Etag(),
	}
	if price, ok := c.Prices.For(regionCode); ok {
		r.Price = api.MoneyOf(price)
	}
	if !c.OwnedBy(v) {
		return r
	}
	r.Titles, r.Summaries = api.Titles(c.Titles), api.Summaries(c.Summaries)
	r.Prices = api.Prices{}
	for region, price := range c.Prices {
		r.Prices[region] = api.MoneyOf(price)
	}
	r.ItemCount = int32(c.ItemCount) //nolint:gosec // at most 200
	r.SubscriberCount = c.SubscriberCount
	if c.Operation != "" {
		r.Operation = "operations/" + c.Operation
		if c.State == Draft {
			r.State = api.CourseStatePUBLISHING
		}
	}
	return r
}

// PricesOf reads prices that came through the API.
func PricesOf(prices api.Prices) (Prices, error) {
	if len(prices) == 0 {
		return nil, nil
	}
	read := Prices{}
	for _, region := range slices.Sorted(maps.Keys(prices)) {
		amount, err := api.AmountOf(prices[region], "prices."+region)
		if err != nil {
			return nil, err
		}
		read[region] = amount
	}
	return read, nil
}

// Resource returns the item as the API shows it.
func (i Item) Resource(courseID string) api.Item {
	return api.Item{
		Name: "courses/" + courseID + "/items/" + i.ID, Position: int32(i.Position), Title: i.Title, Text: i.Text, //nolint:gosec // at most 200
		TextSizeBytes: int32(i.TextSizeBytes), CreateTime: i.CreateTime, UpdateTime: i.UpdateTime, Etag: i.Etag(), //nolint:gosec // 64 KiB at most
	}
}

// Resource returns the enrollment as the API shows it to the tutor.
func (e Enrollment) Resource() api.Subscriber {
	return api.Subscriber{
		DisplayName: e.DisplayName, RegionCode: api.RegionCode(strings.ToUpper(e.Country)),
		SubscribeTime: e.SubscribeTime, AccessEndTime: e.AccessUntil,
	}
}
