// Package course holds courses and their items, the catalogue in which learners find them,
// and who is enrolled: an enrollment a learner, course and subscription, written by sagas,
// guards the text of items and serves the tutor's list of subscribers.
//
// A course is a draft until it is first published. Publishing is a saga (BeginPublish,
// AttachMedia, CompletePublish); while it runs the course's row holds the operation, and
// nothing of the course can be changed. Items added later are seen by learners after the
// course is published again.
//
// The catalogue is an inverted index: a published course stands under a facet a region, and
// under facets for level, language and tutor in it, and for each word of its titles. A list
// walks the most selective facet of its filter and checks the rest course by course.
package course
