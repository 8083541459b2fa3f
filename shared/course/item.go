package course

import (
	"slices"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

const (
	maxItems     = 200
	maxTextBytes = 64 << 10
)

// Item is a part of a course.
type Item struct {
	ID            string
	Position      int // from 1
	Title         string
	Text          string // empty where only the outline was read; then it is not written either
	TextSizeBytes int
	Published     bool // whether learners see it
	Revision      int64
	CreateTime    time.Time
	UpdateTime    time.Time
}

// Etag returns the version of the item that a caller saw.
func (i Item) Etag() string { return strconv.FormatInt(i.Revision, 10) }

// ItemNotFound is the fault of an item that is not in its course.
func ItemNotFound(id string) *fault.Fault {
	return fault.New(fault.NotFound, ReasonNotFound, "the course has no item %s", id)
}

// ItemChange is what a tutor changes of an item: what is nil stays.
type ItemChange struct {
	Title    *string
	Text     *string
	Position *int
}

// apply returns the item after the change, position apart.
func (change ItemChange) apply(item Item) (Item, error) {
	var wrong []fault.Field
	if change.Title != nil {
		title, description := normalisedText(*change.Title, maxTitleRunes)
		if description != "" {
			wrong = append(wrong, fault.Field{Name: "title", Description: description})
		}
		item.Title = title
	}
	if change.Text != nil {
		text, description := normalisedText(*change.Text, maxTextBytes)
		if description == "" && len(text) > maxTextBytes {
			description = "is larger than 64 KiB"
		}
		if description != "" {
			wrong = append(wrong, fault.Field{Name: "text", Description: description})
		}
		item.Text, item.TextSizeBytes = text, len(text)
	}
	if change.Position != nil && (*change.Position < 1 || *change.Position > maxItems) {
		wrong = append(wrong, fault.Field{Name: "position", Description: "is not between 1 and 200"})
	}
	if len(wrong) > 0 {
		return Item{}, fault.Invalid(wrong...)
	}
	item.Revision++
	return item, nil
}

// addItem returns the items with a new one, at its position or at the end.
func addItem(items []Item, id string, change ItemChange) ([]Item, error) {
	if len(items) >= maxItems {
		return nil, fault.New(fault.FailedPrecondition, ReasonFull, "the course has %d items, the most it can have", maxItems)
	}
	item, err := change.apply(Item{ID: id})
	if err != nil {
		return nil, err
	}
	return placed(items, item, change.Position), nil
}

// changeItem returns the items with one changed.
func changeItem(items []Item, id, etag string, change ItemChange) ([]Item, error) {
	i, err := find(items, id, etag)
	if err != nil {
		return nil, err
	}
	item, err := change.apply(items[i])
	if err != nil {
		return nil, err
	}
	if change.Position == nil {
		items = slices.Clone(items)
		items[i] = item
		return items, nil
	}
	return placed(slices.Delete(slices.Clone(items), i, i+1), item, change.Position), nil
}

// removeItem returns the items without one.
func removeItem(items []Item, id, etag string) ([]Item, error) {
	i, err := find(items, id, etag)
	if err != nil {
		return nil, err
	}
	return numbered(slices.Delete(slices.Clone(items), i, i+1)), nil
}

func find(items []Item, id, etag string) (int, error) {
	i := slices.IndexFunc(items, func(item Item) bool { return item.ID == id })
	if i < 0 {
		return 0, ItemNotFound(id)
	}
	return i, matchEtag(etag, items[i].Etag())
}

// placed puts an item at a position, or at the end, and numbers all anew.
func placed(items []Item, item Item, position *int) []Item {
	at := len(items)
	if position != nil {
		at = min(*position-1, at)
	}
	return numbered(slices.Insert(slices.Clone(items), at, item))
}

func numbered(items []Item) []Item {
	for i := range items {
		items[i].Position = i + 1
	}
	return items
}

// countPublished returns how many items learners see.
func countPublished(items []Item) int {
	n := 0
	for _, item := range items {
		if item.Published {
			n++
		}
	}
	return n
}
