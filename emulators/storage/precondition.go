package storage

import (
	"net/url"
	"strconv"
)

// preconditions are those of ifGenerationMatch and ifGenerationNotMatch, where a missing
// object has generation 0.
type preconditions struct {
	Match    *int64 `json:"match,omitempty"`
	NotMatch *int64 `json:"notMatch,omitempty"`
}

func parsePreconditions(query url.Values) (preconditions, error) {
	var parsed preconditions
	for name, into := range map[string]**int64{"ifGenerationMatch": &parsed.Match, "ifGenerationNotMatch": &parsed.NotMatch} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		generation, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return parsed, invalid(name + " is not a generation.")
		}
		*into = &generation
	}
	return parsed, nil
}

func (p preconditions) check(generation int64) error {
	if p.Match != nil && *p.Match != generation || p.NotMatch != nil && *p.NotMatch == generation {
		return errPrecondition
	}
	return nil
}
