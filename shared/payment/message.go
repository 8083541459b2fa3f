package payment

import "golang.org/x/text/language"

// languages are those a learner is answered in; the first is used when none fits.
var languages = []language.Tag{language.English, language.Indonesian, language.Japanese, language.LatinAmericanSpanish}

var matcher = language.NewMatcher(languages)

// messages are in the order of languages.
var messages = map[DeclineReason][4]string{
	DeclineGeneric: {
		"Your card was declined. Please use another payment method or ask your bank.",
		"Kartu Anda ditolak. Gunakan metode pembayaran lain atau hubungi bank Anda.",
		"カードが承認されませんでした。別のお支払い方法をお使いいただくか、カード会社にお問い合わせください。",
		"Tu tarjeta fue rechazada. Usa otro método de pago o consulta a tu banco.",
	},
	DeclineInsufficientFunds: {
		"Your card has insufficient funds.",
		"Saldo kartu Anda tidak mencukupi.",
		"カードの残高または利用可能額が不足しています。",
		"Tu tarjeta no tiene fondos suficientes.",
	},
	DeclineExpiredCard: {
		"Your card has expired. Please add another card.",
		"Kartu Anda sudah kedaluwarsa. Tambahkan kartu lain.",
		"カードの有効期限が切れています。別のカードを登録してください。",
		"Tu tarjeta está vencida. Agrega otra tarjeta.",
	},
	DeclineIncorrectDetails: {
		"The card details are not correct. Please enter the card again.",
		"Data kartu tidak benar. Masukkan kartu Anda kembali.",
		"カード情報に誤りがあります。もう一度カードを登録してください。",
		"Los datos de la tarjeta no son correctos. Vuelve a ingresar la tarjeta.",
	},
	DeclineLimitExceeded: {
		"Your card is over its limit. Please try later or use another card.",
		"Kartu Anda melampaui batas. Coba lagi nanti atau gunakan kartu lain.",
		"カードの利用限度を超えています。後ほどお試しいただくか、別のカードをお使いください。",
		"Tu tarjeta superó su límite. Inténtalo más tarde o usa otra tarjeta.",
	},
	DeclineAuthenticationRequired: {
		"Your bank asks you to confirm this payment.",
		"Bank Anda meminta Anda mengonfirmasi pembayaran ini.",
		"このお支払いには本人認証が必要です。",
		"Tu banco te pide confirmar este pago.",
	},
	DeclineAuthenticationFailed: {
		"The payment could not be authenticated. Please try again.",
		"Pembayaran tidak dapat diautentikasi. Silakan coba lagi.",
		"本人認証に失敗しました。もう一度お試しください。",
		"No se pudo autenticar el pago. Inténtalo de nuevo.",
	},
	DeclineUnsupportedCard: {
		"This card cannot be used for this purchase. Please use another card.",
		"Kartu ini tidak dapat digunakan untuk pembelian ini. Gunakan kartu lain.",
		"このカードはこのお支払いにご利用いただけません。別のカードをお使いください。",
		"Esta tarjeta no sirve para esta compra. Usa otra tarjeta.",
	},
	DeclineTryLater: {
		"Your bank did not answer. Please try again later.",
		"Bank Anda tidak merespons. Silakan coba lagi nanti.",
		"カード会社から応答がありません。後ほどもう一度お試しください。",
		"Tu banco no respondió. Inténtalo más tarde.",
	},
}

// LocalizedMessage returns the message for a learner in the language that fits the BCP 47
// tag best, and the tag of that language.
func (r DeclineReason) LocalizedMessage(locale string) (message, languageTag string) {
	texts, ok := messages[r]
	if !ok {
		texts = messages[DeclineGeneric]
	}
	wanted, _, _ := language.ParseAcceptLanguage(locale)
	_, i, _ := matcher.Match(wanted...)
	return texts[i], languages[i].String()
}
