package saga

import "time"

// Page asks for a page of somebody's sagas, newest first.
type Page struct {
	Owner string
	Done  bool
	Size  int
	// ReadTime, when set, is the timestamp that the whole list is read at.
	ReadTime time.Time
	// AfterTime and AfterID are of the last saga of the page before.
	AfterTime time.Time
	AfterID   string
}
