package course

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	maxWords     = 100 // a course is found by
	maxWordRunes = 40
)

// words returns the words of texts by which a course is found, folded and each once.
// Scripts that put no blanks between words give their characters and pairs of characters.
func words(texts ...string) []string {
	var found []string
	add := func(word string) {
		if !slices.Contains(found, word) && len(found) < maxWords {
			found = append(found, word)
		}
	}
	for _, text := range texts {
		folded := cases.Fold().String(plain(norm.NFKC.String(text)))
		for _, run := range strings.FieldsFunc(folded, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }) {
			addRun([]rune(run), add)
		}
	}
	return found
}

// plain takes the accents off Latin letters, as those who search leave them out. Marks of
// other scripts make other letters.
func plain(text string) string {
	latin := false
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && latin {
			return -1
		}
		latin = unicode.Is(unicode.Latin, r)
		return r
	}, norm.NFD.String(text)))
}

// addRun splits a run of letters where the script changes between one with blanks and one
// without.
func addRun(run []rune, add func(string)) {
	for len(run) > 0 {
		end := 1
		for end < len(run) && unspaced(run[end]) == unspaced(run[0]) {
			end++
		}
		part := run[:end]
		run = run[end:]
		if !unspaced(part[0]) {
			add(string(part[:min(len(part), maxWordRunes)]))
			continue
		}
		for i := range part {
			if i+1 < len(part) {
				add(string(part[i : i+2]))
			}
			add(string(part[i : i+1]))
		}
	}
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) || r == 'ー'
}

// QueryWords returns the words that a query asks for. A pair of characters stands for its
// characters, so that those are left out.
func QueryWords(query string) []string {
	all := words(query)
	return slices.DeleteFunc(slices.Clone(all), func(word string) bool {
		return len([]rune(word)) == 1 && unspaced([]rune(word)[0]) &&
			slices.ContainsFunc(all, func(other string) bool { return len([]rune(other)) == 2 && strings.Contains(other, word) })
	})
}
