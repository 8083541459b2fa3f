package course

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
)

var owner = Viewer{UserID: "jp-1", Country: "jp", DisplayName: "先生", Tutor: true}

func content() Content {
	return Content{
		Titles: Texts{"ja": "日本語会話", "en": "Conversational Japanese"}, Summaries: Texts{"ja": "毎日"}, LanguageCode: "ja",
		Level: "BEGINNER", Prices: Prices{"JP": money.Of(1480, money.JPY)},
	}
}

func TestContentIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Content)
		field  string
	}{
		{"fine", func(*Content) {}, ""},
		{"no price yet", func(c *Content) { c.Prices = nil }, ""},
		{"language", func(c *Content) { c.LanguageCode = "klingonese-x" }, "languageCode"},
		{"level", func(c *Content) { c.Level = "EXPERT" }, "level"},
		{"no title", func(c *Content) { c.Titles = nil }, "titles"},
		{"title's language", func(c *Content) { c.Titles["not a tag"] = "x" }, "titles.not a tag"},
		{"the same language twice", func(c *Content) { c.Titles = Texts{"en-us": "a", "en-US": "b"} }, "titles.en-us"},
		{"blank title", func(c *Content) { c.Titles["en"] = " \t" }, "titles.en"},
		{"control", func(c *Content) { c.Summaries["ja"] = "a\x00" }, "summaries.ja"},
		{"line break", func(c *Content) { c.Summaries["ja"] = "a\nb" }, ""},
		{"region", func(c *Content) { c.Prices["US"] = money.Of(1, money.JPY) }, "prices.US"},
		{"currency of another region", func(c *Content) { c.Prices["MX"] = money.Of(1, money.JPY) }, "prices.MX.currencyCode"},
		{"free", func(c *Content) { c.Prices["JP"] = money.Of(0, money.JPY) }, "prices.JP.amount"},
	} {
		given := content()
		c.change(&given)
		_, err := New("jp-c", owner, given)
		if c.field == "" {
			assert.NoError(t, err, c.name)
			continue
		}
		f, ok := fault.Of(err)
		if assert.True(t, ok, c.name) && assert.Len(t, f.Fields, 1, c.name) {
			assert.Equal(t, c.field, f.Fields[0].Name, c.name)
		}
	}
}

func TestPickAnswersTheNearestText(t *testing.T) {
	texts := Texts{"ja": "日本語", "en": "English", "es": "español"}
	for wanted, want := range map[string]string{
		"": "ja", "ja": "ja", "ja-JP": "ja", "en-GB": "en", "es-MX": "es", "id": "ja", "not a tag": "ja",
	} {
		text, code := texts.Pick(wanted, "ja")
		assert.Equal(t, want, code, wanted)
		assert.Equal(t, texts[want], text, wanted)
	}
	text, code := Texts{"id": "Indonesia"}.Pick("ja", "ja")
	assert.Equal(t, []string{"Indonesia", "id"}, []string{text, code})
	text, code = Texts(nil).Pick("ja", "ja")
	assert.Empty(t, text+code)
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"Conversational Japanese!": {"conversational", "japanese"},
		"ＡＢＣ Straße":               {"abc", "strasse"},
		"日本語 N5":                   {"日本", "日", "本語", "本", "語", "n5"},
		"Goで学ぶ":                    {"go", "で学", "で", "学ぶ", "学", "ぶ"},
		"¡Español básico!":         {"espanol", "basico"},
		"がぎ йод":                   {"がぎ", "が", "ぎ", "йод"},
		"?!":                       nil,
	} {
		assert.Equal(t, want, words(text), text)
	}
	assert.Equal(t, []string{"日本", "本語"}, QueryWords("日本語"))
	assert.Equal(t, []string{"学"}, QueryWords("学"))
	assert.Len(t, words(strings.Repeat("漢字仮名交じり文 ", 1)+strings.Join(slices.Sorted(maps.Keys(manyWords())), " ")), maxWords)
}

func manyWords() map[string]bool {
	many := map[string]bool{}
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			many[string([]rune{a, b})] = true
		}
	}
	return many
}

func FuzzWords(f *testing.F) {
	f.Add("日本語 N5 Straße")
	f.Add("\xff\u200d")
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range words(text) {
			if word == "" || len([]rune(word)) > maxWordRunes {
				t.Fatalf("%q gave %q", text, word)
			}
			if len(wordFacet(word)) > 256*4 {
				t.Fatalf("%q does not fit its column", word)
			}
		}
	})
}

func TestItemsAreBounded(t *testing.T) {
	title, text := "t", "x"
	var items []Item
	var err error
	for i := range maxItems {
		items, err = addItem(items, string(rune('a'+i)), ItemChange{Title: &title, Text: &text})
		require.NoError(t, err)
	}
	_, err = addItem(items, "one more", ItemChange{Title: &title, Text: &text})
	assert.Equal(t, ReasonFull, fault.ReasonOf(err))
	large := strings.Repeat("あ", maxTextBytes/3+1)
	_, err = addItem(nil, "a", ItemChange{Title: &title, Text: &large})
	f, _ := fault.Of(err)
	require.NotNil(t, f)
	assert.Equal(t, "text", f.Fields[0].Name)
}

func TestResourceShowsMapsToTheTutorAlone(t *testing.T) {
	c, err := New("jp-c", owner, content())
	require.NoError(t, err)
	c.ItemCount, c.PublishedItemCount, c.Operation = 3, 2, "jp-o"

	mine := c.Resource(owner, "", "")
	assert.Equal(t, api.Titles(content().Titles), mine.Titles)
	assert.Equal(t, api.Money{Amount: "1480", CurrencyCode: "JPY"}, mine.Prices["JP"])
	assert.Equal(t, int32(3), mine.ItemCount)
	assert.Equal(t, api.CourseStatePUBLISHING, mine.State)
	assert.Equal(t, "operations/jp-o", mine.Operation)

	theirs := c.Resource(Viewer{}, "JP", "en-GB")
	assert.Equal(t, "Conversational Japanese", theirs.Title)
	assert.Equal(t, "en", theirs.TextLanguageCode)
	assert.Equal(t, "1480", theirs.Price.Amount)
	assert.Equal(t, int32(2), theirs.ItemCount)
	assert.Empty(t, theirs.Titles)
	assert.Empty(t, theirs.Prices)
	assert.Empty(t, theirs.Operation)
	assert.Empty(t, c.Resource(Viewer{}, "MX", "").Price)
}

func TestResourceMixesNoLanguages(t *testing.T) {
	c := Course{Content: Content{
		Titles:       Texts{"ja": "貸借対照表を読む", "en": "Reading balance sheets"},
		Summaries:    Texts{"en": "Assets on one side."},
		LanguageCode: "en",
	}}
	japanese := c.Resource(Viewer{}, "JP", "ja")
	assert.Equal(t, "ja", japanese.TextLanguageCode)
	assert.Empty(t, japanese.Summary)
	assert.Equal(t, "Assets on one side.", c.Resource(Viewer{}, "JP", "fr").Summary)
}

func TestPricesOfNamesWhatCannotBeRead(t *testing.T) {
	_, err := PricesOf(api.Prices{"JP": {Amount: "14.80", CurrencyCode: "JPY"}})
	f, _ := fault.Of(err)
	require.NotNil(t, f)
	assert.Equal(t, "prices.JP.amount", f.Fields[0].Name)
	prices, err := PricesOf(api.Prices{"ID": {Amount: "149000.00", CurrencyCode: "IDR"}})
	require.NoError(t, err)
	assert.Equal(t, Prices{"ID": money.Of(14900000, money.IDR)}, prices)
}

func TestShownNameFitsItsColumn(t *testing.T) {
	assert.Equal(t, "花子", shownName(" 花\u202e子\x00 "))
	assert.Equal(t, "ab", shownName("a\xffb"))
	assert.Len(t, []rune(shownName(strings.Repeat("花", 300))), maxNameRunes)
}
