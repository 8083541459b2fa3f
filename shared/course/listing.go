package course

import (
	"maps"
	"slices"
	"strings"
)

// Filter selects courses of the catalogue.
type Filter struct {
	RegionCode         string   `json:"regionCode"`
	TaughtLanguageCode string   `json:"taughtLanguageCode,omitempty"`
	Level              string   `json:"level,omitempty"`
	TutorID            string   `json:"tutorId,omitempty"`
	Words              []string `json:"words,omitempty"`
}

// facets returns what a published course is found under, sorted. Each course has one row a
// facet in the index.
func facets(c Course) []string {
	var all []string
	for region := range c.Prices {
		all = append(all, regionFacet(region), levelFacet(region, c.Level),
			languageFacet(region, c.LanguageCode), tutorFacet(region, c.TutorID))
	}
	for _, word := range words(slices.Collect(maps.Values(c.Titles))...) {
		all = append(all, wordFacet(word))
	}
	slices.Sort(all)
	return all
}

func regionFacet(region string) string         { return "region/" + region }
func levelFacet(region, level string) string   { return "level/" + region + "/" + level }
func languageFacet(region, code string) string { return "language/" + region + "/" + code }
func tutorFacet(region, tutorID string) string { return "tutor/" + region + "/" + tutorID }
func wordFacet(word string) string             { return "word/" + word }

// Facet returns the facet that leaves the fewest courses to check.
func (f Filter) Facet() string {
	switch {
	case f.TutorID != "":
		return tutorFacet(f.RegionCode, f.TutorID)
	case len(f.Words) > 0:
		return wordFacet(slices.MaxFunc(f.Words, func(a, b string) int { return len(a) - len(b) }))
	case f.TaughtLanguageCode != "":
		return languageFacet(f.RegionCode, f.TaughtLanguageCode)
	case f.Level != "":
		return levelFacet(f.RegionCode, f.Level)
	default:
		return regionFacet(f.RegionCode)
	}
}

// Matches reports whether a course that stands under one facet of the filter meets all of it.
func (f Filter) Matches(c Course) bool {
	wanted := []string{regionFacet(f.RegionCode)}
	if f.Level != "" {
		wanted = append(wanted, levelFacet(f.RegionCode, f.Level))
	}
	if f.TaughtLanguageCode != "" {
		wanted = append(wanted, languageFacet(f.RegionCode, f.TaughtLanguageCode))
	}
	if f.TutorID != "" {
		wanted = append(wanted, tutorFacet(f.RegionCode, f.TutorID))
	}
	for _, word := range f.Words {
		wanted = append(wanted, wordFacet(word))
	}
	return !slices.ContainsFunc(wanted, func(facet string) bool {
		_, found := slices.BinarySearchFunc(c.Facets, facet, strings.Compare)
		return !found
	})
}
