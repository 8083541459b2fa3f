package course

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/kwipper/kwipper/shared/fault"
)

const (
	maxTitleRunes   = 200
	maxSummaryRunes = 2000
)

// Texts is one text in several languages, by BCP 47 tag.
type Texts map[string]string

// Pick returns the text in the language nearest to wanted and that language. Where there is
// none near, it is the text in the fallback language, else the first.
func (t Texts) Pick(wanted, fallback string) (text, languageCode string) {
	if len(t) == 0 {
		return "", ""
	}
	codes := slices.Sorted(maps.Keys(t))
	if i := slices.Index(codes, fallback); i > 0 {
		codes[0], codes[i] = codes[i], codes[0]
	}
	if text, ok := t[wanted]; ok {
		return text, wanted
	}
	if wanted == "" || len(codes) == 1 {
		return t[codes[0]], codes[0]
	}
	tags := make([]language.Tag, len(codes))
	for i, code := range codes {
		tags[i] = language.Make(code)
	}
	_, i, confidence := language.NewMatcher(tags).Match(language.Make(wanted))
	if confidence == language.No {
		i = 0
	}
	return t[codes[i]], codes[i]
}

// normalised returns the texts in composed form under canonical tags, and appends what is
// wrong with them.
func (t Texts) normalised(field string, maxRunes int, wrong []fault.Field) (Texts, []fault.Field) {
	if len(t) == 0 {
		return nil, wrong
	}
	out := Texts{}
	for _, code := range slices.Sorted(maps.Keys(t)) {
		name := fmt.Sprintf("%s.%s", field, code)
		refuse := func(description string) {
			wrong = append(wrong, fault.Field{Name: name, Description: description})
		}
		tag, err := language.Parse(code)
		if err != nil || tag == language.Und {
			refuse("is not a BCP 47 language")
			continue
		}
		if _, twice := out[tag.String()]; twice {
			refuse("is there twice")
			continue
		}
		text, description := normalisedText(t[code], maxRunes)
		if description != "" {
			refuse(description)
			continue
		}
		out[tag.String()] = text
	}
	return out, wrong
}

// normalisedText returns a text in composed form without blanks around it, or says what is
// wrong with it.
func normalisedText(text string, maxRunes int) (normalised, wrong string) {
	text = strings.TrimSpace(norm.NFC.String(text))
	switch {
	case text == "":
		return "", "is empty"
	case len([]rune(text)) > maxRunes:
		return "", fmt.Sprintf("is longer than %d characters", maxRunes)
	case strings.ContainsFunc(text, control):
		return "", "has control characters"
	default:
		return text, ""
	}
}

// control reports control characters other than line breaks and tabs.
func control(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}
