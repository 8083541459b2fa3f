package query

import (
	"time"
	_ "time/tzdata" // zones must be known on machines without them
)

func mustZone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil { // the embedded data holds it
		panic(err)
	}
	return loc
}
