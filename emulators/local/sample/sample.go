// Package sample holds what an empty local stack and the demo are filled with: courses in
// the languages and currencies of all four countries, a video that browsers play (H.264,
// the index in front) and a PDF.
package sample

import (
	_ "embed" // of the media

	"github.com/kwipper/kwipper/shared/api"
)

// Lesson is a video of eight seconds, video/mp4.
//
//go:embed lesson.mp4
var Lesson []byte

// Handout is a page, application/pdf.
//
//go:embed handout.pdf
var Handout []byte

// Course is a course with its items.
type Course struct {
	Course api.CreateCourseRequest
	Items  []api.CreateItemRequest
}

// Courses are the sample courses.
var Courses = []Course{
	{
		Course: api.CreateCourseRequest{
			Titles: api.Titles{
				"ja": "はじめての日本語会話", "en": "Japanese conversation for beginners",
				"id": "Percakapan bahasa Jepang untuk pemula", "es": "Conversación en japonés para principiantes",
			},
			Summaries: api.Summaries{
				"ja": "毎日10分、あいさつから買い物まで。", "en": "Ten minutes a day, from greetings to shopping.",
				"id": "Sepuluh menit sehari, dari salam sampai belanja.", "es": "Diez minutos al día, de los saludos a las compras.",
			},
			LanguageCode: "ja", Level: "BEGINNER", Prices: Prices("149000.00", "1480", "499.00", "189.00"),
		},
		Items: []api.CreateItemRequest{
			{Title: "あいさつ", Text: "おはようございます。こんにちは。こんばんは。"},
			{Title: "買い物", Text: "これはいくらですか。"},
		},
	},
	{
		Course: api.CreateCourseRequest{
			Titles: api.Titles{"en": "Reading balance sheets", "id": "Membaca neraca", "ja": "貸借対照表を読む", "es": "Leer balances"},
			Summaries: api.Summaries{
				"en": "Assets on one side, liabilities on the other, and what they tell.",
				"id": "Aset di satu sisi, kewajiban di sisi lain, dan apa artinya.",
				"ja": "左に資産、右に負債。その並びが語ること。", "es": "Activos de un lado, pasivos del otro, y lo que cuentan.",
			},
			LanguageCode: "en", Level: "INTERMEDIATE", Prices: Prices("99000.00", "980", "349.00", "129.00"),
		},
		Items: []api.CreateItemRequest{{Title: "Two columns", Text: "Every entry is written twice."}},
	},
}

// Prices are monthly prices in all four countries, as decimal strings.
func Prices(idr, jpy, php, mxn string) api.Prices {
	return api.Prices{
		"ID": {Amount: idr, CurrencyCode: "IDR"}, "JP": {Amount: jpy, CurrencyCode: "JPY"},
		"PH": {Amount: php, CurrencyCode: "PHP"}, "MX": {Amount: mxn, CurrencyCode: "MXN"},
	}
}
