package coursedb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
)

// list pages through a list to its end; between runs after each page.
func (w *world) list(t *testing.T, v course.Viewer, q course.Query, between func()) (ids []string) {
	t.Helper()
	for {
		listed, err := w.catalogue.List(t.Context(), v, q)
		require.NoError(t, err)
		for _, c := range listed.Courses {
			ids = append(ids, c.ID)
		}
		if q.PageToken = listed.NextPageToken; q.PageToken == "" {
			return ids
		}
		if between != nil {
			between()
		}
	}
}

// fill makes n published courses at once and returns their ids.
func (w *world) fill(t *testing.T, n int) []string {
	t.Helper()
	ids := make([]string, n)
	var wait sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i := range n {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ids[i] = w.fillOne(t, i)
		})
	}
	wait.Wait()
	return ids
}

func (w *world) fillOne(t *testing.T, i int) string {
	level := []string{"BEGINNER", "INTERMEDIATE", "ADVANCED"}[i%3]
	c, err := w.authoring.Create(context.Background(), key("CreateCourse", fmt.Sprint(i)), tutor, course.Content{
		Titles: course.Texts{"ja": "会話", "en": fmt.Sprintf("Talk number%d", i)}, LanguageCode: "ja", Level: level, Prices: yen(1480),
	})
	if !assert.NoError(t, err) {
		return ""
	}
	err = w.store.EditItems(context.Background(), c.ID, func(c *course.Course, items []course.Item) ([]course.Item, error) {
		c.ItemCount = 1
		c.Operation = "jp-op"
		return append(items, course.Item{ID: "jp-item", Position: 1, Title: "a", Text: "a", TextSizeBytes: 1, Revision: 1}), nil
	})
	assert.NoError(t, err)
	reply, err := w.commands.Handle(context.Background(), message.Command{
		Version: 1, Saga: "jp-op", Step: "CompletePublish" + c.ID, Service: "course", Name: message.CompletePublishCommand, Country: "jp", StartTime: now,
		Body: fmt.Appendf(nil, `{"courseId":%q}`, c.ID),
	})
	assert.NoError(t, err)
	assert.Equal(t, message.Done, reply.Outcome)
	return c.ID
}

func TestCatalogueOfAThousandPagesWithoutGapOrRepetitionWhileWritten(t *testing.T) {
	w := newWorld(t)
	const n = 1000
	ids := w.fill(t, n)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	extra := n
	write := func() {
		// One leaves the region, one changes its level and its words, one is new.
		away, changed := ids[random.IntN(n)], ids[random.IntN(n)]
		_, err := w.authoring.Update(t.Context(), tutor, away, "", func(c *course.Content) { c.Prices = course.Prices{"MX": money.Of(18900, money.MXN)} })
		require.NoError(t, err)
		_, err = w.authoring.Update(t.Context(), tutor, changed, "", func(c *course.Content) {
			c.Level, c.Titles = "ADVANCED", course.Texts{"ja": "文法"}
		})
		require.NoError(t, err)
		w.fillOne(t, extra)
		extra++
	}
	got := w.list(t, course.Viewer{}, course.Query{Filter: course.Filter{RegionCode: "JP"}, PageSize: 37}, write)
	assert.ElementsMatch(t, ids, got)

	// Afterwards a new list shows what was written.
	left := w.list(t, course.Viewer{}, course.Query{Filter: course.Filter{RegionCode: "JP"}, PageSize: 200}, nil)
	gone := w.list(t, course.Viewer{}, course.Query{Filter: course.Filter{RegionCode: "MX"}, PageSize: 200}, nil)
	assert.Len(t, append(left, gone...), extra)
	assert.NotEmpty(t, gone)
}

func TestCatalogueFilters(t *testing.T) {
	w := newWorld(t)
	ids := w.fill(t, 30)
	jp := course.Filter{RegionCode: "JP"}
	with := func(change func(*course.Filter)) course.Filter {
		f := jp
		change(&f)
		return f
	}
	for _, c := range []struct {
		name string
		q    course.Query
		want []string
	}{
		{"region", course.Query{Filter: jp, PageSize: 7}, ids},
		{"another region", course.Query{Filter: course.Filter{RegionCode: "ID"}}, nil},
		{"level", course.Query{Filter: with(func(f *course.Filter) { f.Level = "ADVANCED" }), PageSize: 3}, every3(ids)},
		{"language", course.Query{Filter: with(func(f *course.Filter) { f.TaughtLanguageCode = "JA" })}, ids},
		{"another language", course.Query{Filter: with(func(f *course.Filter) { f.TaughtLanguageCode = "id" })}, nil},
		{"tutor", course.Query{Filter: with(func(f *course.Filter) { f.TutorID = tutorID })}, ids},
		{"another tutor", course.Query{Filter: with(func(f *course.Filter) { f.TutorID = "jp-2" })}, nil},
		{"word", course.Query{Filter: jp, Text: "NUMBER7"}, ids[7:8]},
		{"words", course.Query{Filter: jp, Text: "number7 talk 会話"}, ids[7:8]},
		{"words that never meet", course.Query{Filter: jp, Text: "number7 number8"}, nil},
		{"word and level", course.Query{Filter: with(func(f *course.Filter) { f.Level = "ADVANCED" }), Text: "talk", PageSize: 2}, every3(ids)},
		{"no word", course.Query{Filter: jp, Text: "!?"}, nil},
	} {
		assert.ElementsMatch(t, c.want, w.list(t, course.Viewer{}, c.q, nil), c.name)
	}
	draft := w.create(t, "draft", "下書き", nil)
	assert.ElementsMatch(t, append(ids, draft.ID), w.list(t, tutor, course.Query{Mine: true, PageSize: 10}, nil))
	_, err := w.catalogue.List(t.Context(), course.Viewer{}, course.Query{})
	assert.True(t, fault.Is(err, fault.InvalidArgument), "a region is wanted")
}

// every3 returns those that fill made ADVANCED.
func every3(ids []string) (found []string) {
	for i := 2; i < len(ids); i += 3 {
		found = append(found, ids[i])
	}
	return found
}

func TestPageTokenBelongsToItsList(t *testing.T) {
	w := newWorld(t)
	w.fill(t, 3)
	listed, err := w.catalogue.List(t.Context(), course.Viewer{}, course.Query{Filter: course.Filter{RegionCode: "JP"}, PageSize: 1})
	require.NoError(t, err)
	require.NotEmpty(t, listed.NextPageToken)
	_, err = w.catalogue.List(t.Context(), course.Viewer{}, course.Query{Filter: course.Filter{RegionCode: "MX"}, PageToken: listed.NextPageToken})
	assert.True(t, fault.Is(err, fault.InvalidArgument))
}
