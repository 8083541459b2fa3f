package stripe

import "golang.org/x/text/language"

// pageLanguages are those of the hosted pages, in the order of texts.
var pageLanguages = []language.Tag{language.English, language.Indonesian, language.Japanese, language.Spanish}

var pageMatcher = language.NewMatcher(pageLanguages)

// pageTexts are the words of the hosted pages in one language.
type pageTexts struct {
	Title, Notice, Number, Month, Year, CVC, Name, Save, Pay, Cancel string
	AuthTitle, AuthText, AuthPass, AuthFail                          string
	Done, Back, Unknown, Expired                                     string
	Declined, Funds, ExpiredCard, WrongEntry, AuthFailed             string
}

// refusal answers what to say about an error; the bank's code counts first.
func (t pageTexts) refusal(code, declineCode string) string {
	if declineCode != "" {
		code = declineCode
	}
	switch code {
	case "insufficient_funds":
		return t.Funds
	case "expired_card":
		return t.ExpiredCard
	case "incorrect_number", "invalid_expiry_month", "invalid_expiry_year", "invalid_cvc", "incorrect_cvc":
		return t.WrongEntry
	case "payment_intent_authentication_failure", "setup_intent_authentication_failure":
		return t.AuthFailed
	default:
		return t.Declined
	}
}

var texts = []pageTexts{
	{
		Title: "Card details", Notice: "Emulated payment page: use test cards only, never a real one.",
		Number: "Card number", Month: "Expiry month", Year: "Expiry year", CVC: "Security code (CVC)",
		Name: "Name on card", Save: "Save card", Pay: "Pay", Cancel: "Cancel",
		AuthTitle: "Confirm it is you", AuthText: "Your bank asks you to confirm (3-D Secure, emulated).",
		AuthPass: "Complete", AuthFail: "Fail",
		Done: "Nothing is left to do here.", Back: "Go back", Unknown: "There is no such page.",
		Expired: "This page has expired.", Declined: "Your card was declined. Please try another card.",
		Funds: "Your card has insufficient funds.", ExpiredCard: "Your card has expired.",
		WrongEntry: "Please check the card details.", AuthFailed: "The authentication failed. Please try again.",
	},
	{
		Title: "Data kartu", Notice: "Halaman pembayaran tiruan: gunakan kartu uji saja, jangan kartu asli.",
		Number: "Nomor kartu", Month: "Bulan kedaluwarsa", Year: "Tahun kedaluwarsa", CVC: "Kode keamanan (CVC)",
		Name: "Nama pada kartu", Save: "Simpan kartu", Pay: "Bayar", Cancel: "Batal",
		AuthTitle: "Konfirmasi identitas Anda", AuthText: "Bank Anda meminta konfirmasi (3-D Secure tiruan).",
		AuthPass: "Selesaikan", AuthFail: "Gagalkan",
		Done: "Tidak ada lagi yang perlu dilakukan di sini.", Back: "Kembali", Unknown: "Halaman tidak ditemukan.",
		Expired: "Halaman ini sudah kedaluwarsa.", Declined: "Kartu Anda ditolak. Coba kartu lain.",
		Funds: "Saldo kartu Anda tidak mencukupi.", ExpiredCard: "Kartu Anda sudah kedaluwarsa.",
		WrongEntry: "Periksa kembali data kartu.", AuthFailed: "Autentikasi gagal. Silakan coba lagi.",
	},
	{
		Title: "カード情報", Notice: "お支払いページのエミュレーターです。テストカードのみ使用し、実際のカードは入力しないでください。",
		Number: "カード番号", Month: "有効期限（月）", Year: "有効期限（年）", CVC: "セキュリティコード（CVC）",
		Name: "カード名義", Save: "カードを登録", Pay: "支払う", Cancel: "キャンセル",
		AuthTitle: "本人確認", AuthText: "カード会社による本人認証です（3Dセキュアのエミュレーション）。",
		AuthPass: "認証する", AuthFail: "認証に失敗する",
		Done: "このページでの手続きは終了しています。", Back: "戻る", Unknown: "ページが見つかりません。",
		Expired: "このページの有効期限が切れました。", Declined: "カードが承認されませんでした。別のカードをお試しください。",
		Funds: "カードの残高が不足しています。", ExpiredCard: "カードの有効期限が切れています。",
		WrongEntry: "カード情報をご確認ください。", AuthFailed: "本人認証に失敗しました。もう一度お試しください。",
	},
	{
		Title: "Datos de la tarjeta", Notice: "Página de pago emulada: usa solo tarjetas de prueba, nunca una real.",
		Number: "Número de tarjeta", Month: "Mes de vencimiento", Year: "Año de vencimiento", CVC: "Código de seguridad (CVC)",
		Name: "Nombre en la tarjeta", Save: "Guardar tarjeta", Pay: "Pagar", Cancel: "Cancelar",
		AuthTitle: "Confirma que eres tú", AuthText: "Tu banco te pide confirmar (3-D Secure emulado).",
		AuthPass: "Completar", AuthFail: "Fallar",
		Done: "No queda nada por hacer aquí.", Back: "Volver", Unknown: "Esta página no existe.",
		Expired: "Esta página ha vencido.", Declined: "Tu tarjeta fue rechazada. Prueba con otra.",
		Funds: "Tu tarjeta no tiene fondos suficientes.", ExpiredCard: "Tu tarjeta está vencida.",
		WrongEntry: "Revisa los datos de la tarjeta.", AuthFailed: "La autenticación falló. Inténtalo de nuevo.",
	},
}
