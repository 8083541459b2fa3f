package course

import (
	"context"
	"time"

	"golang.org/x/text/language"

	"github.com/kwipper/kwipper/shared/fault"
)

// maxChecked bounds how many courses one request looks at; a page may then be short.
const maxChecked = 1000

// Catalogue is what everybody sees of courses.
type Catalogue struct {
	Courses Courses
	Tokens  Tokens
	// Staleness is how old what is read may be; tutors read as of now.
	Staleness time.Duration
}

// Listed is a page of courses.
type Listed struct {
	Courses       []Course
	NextPageToken string
}

// Query is a request for a page of courses. Mine asks for all courses of the viewer,
// drafts included.
type Query struct {
	Filter    Filter
	Text      string // words of titles
	Mine      bool
	PageSize  int
	PageToken string
}

// List lists the catalogue of a region, or the viewer's own courses.
func (c Catalogue) List(ctx context.Context, v Viewer, q Query) (Listed, error) {
	if q.Mine {
		return c.listOwn(ctx, v, q)
	}
	if q.Filter.RegionCode == "" {
		return Listed{}, fault.Invalid(fault.Field{Name: "regionCode", Description: "is required"})
	}
	if q.Filter.TaughtLanguageCode != "" {
		tag, err := language.Parse(q.Filter.TaughtLanguageCode)
		if err != nil {
			return Listed{}, fault.Invalid(fault.Field{Name: "taughtLanguageCode", Description: "is not a BCP 47 language"})
		}
		q.Filter.TaughtLanguageCode = tag.String()
	}
	if q.Filter.Words = QueryWords(q.Text); q.Text != "" && len(q.Filter.Words) == 0 {
		return Listed{Courses: []Course{}}, nil // no course has a word that is no word
	}
	page, err := pageOf(c.Tokens, q.PageToken, q.Filter, q.PageSize, c.Staleness)
	if err != nil {
		return Listed{}, err
	}
	return c.walk(ctx, q.Filter, page)
}

// walk goes along the filter's facet until the page is full or enough has been looked at.
func (c Catalogue) walk(ctx context.Context, f Filter, p Page) (Listed, error) {
	size, listed := p.Limit, Listed{Courses: []Course{}}
	for checked := 0; checked < maxChecked; {
		found, readTime, err := c.Courses.ListByFacet(ctx, f.Facet(), p)
		if err != nil {
			return Listed{}, err
		}
		p.ReadTime = readTime
		for _, course := range found {
			p.After = course.ID
			if !f.Matches(course) {
				continue
			}
			if listed.Courses = append(listed.Courses, course); len(listed.Courses) == size {
				break
			}
		}
		last := len(found) < p.Limit && (len(found) == 0 || p.After == found[len(found)-1].ID)
		if last {
			return listed, nil
		}
		if len(listed.Courses) == size {
			break
		}
		checked += len(found)
	}
	var err error
	listed.NextPageToken, err = next(c.Tokens, p.After, p.ReadTime, f)
	return listed, err
}

func (c Catalogue) listOwn(ctx context.Context, v Viewer, q Query) (Listed, error) {
	filter := struct{ Own string }{v.UserID}
	page, err := pageOf(c.Tokens, q.PageToken, filter, q.PageSize, 0)
	if err != nil {
		return Listed{}, err
	}
	found, readTime, err := c.Courses.ListByTutor(ctx, v.UserID, page)
	if err != nil {
		return Listed{}, err
	}
	listed := Listed{Courses: found}
	if len(found) == page.Limit {
		listed.NextPageToken, err = next(c.Tokens, found[len(found)-1].ID, readTime, filter)
	}
	return listed, err
}

// Get returns a course that the viewer may see.
func (c Catalogue) Get(ctx context.Context, v Viewer, id string) (Course, error) {
	course, err := visible(ctx, c.Courses, v, id, c.Staleness)
	if err != nil || !course.OwnedBy(v) {
		return course, err
	}
	course.SubscriberCount, err = c.Courses.CountSubscribers(ctx, id)
	return course, err
}

// visible returns a course that the viewer may see: a published one, or one's own. A stale
// read that does not find it is repeated as of now, for what was published a moment ago.
func visible(ctx context.Context, courses Courses, v Viewer, id string, staleness time.Duration) (Course, error) {
	if v.Tutor {
		staleness = 0
	}
	for {
		course, err := courses.Get(ctx, id, staleness)
		if err == nil && (course.State == Published || course.OwnedBy(v)) {
			return course, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return Course{}, err
		}
		if staleness == 0 {
			return Course{}, NotAvailable(id)
		}
		staleness = 0
	}
}
