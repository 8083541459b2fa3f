package stripe

import (
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

//go:embed page.html
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "page.html"))

// pageData is what page.html shows.
type pageData struct {
	Lang      string
	Text      pageTexts
	View      string // card, authenticate or done
	Amount    string
	Error     string
	CancelURL string
	DoneURL   string
}

// routePages adds the hosted pages. They work without scripts; a POST of the form
// completes them: number, exp_month, exp_year, cvc and name for a card, and outcome,
// succeed or fail, for an authentication.
func (s *Server) routePages(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/pay/{id}", s.showCardPage)
	mux.HandleFunc("POST /c/pay/{id}", s.sendCardPage)
	mux.HandleFunc("GET /authenticate/{id}", s.showAuthentication)
	mux.HandleFunc("POST /authenticate/{id}", s.sendAuthentication)
}

func (s *Server) showCardPage(w http.ResponseWriter, r *http.Request) {
	var page pageData
	status := http.StatusNotFound
	s.store.view(func(tx *transaction) {
		if se, ok := get[session](tx, r.PathValue("id")); ok {
			status = http.StatusOK
			page = cardPage(tx, r, se)
		}
	})
	render(w, r, status, page)
}

// cardPage shows a session. An error of an authentication that failed is shown again.
func cardPage(tx *transaction, r *http.Request, se *session) pageData {
	page := pageData{View: "card"}
	page.Lang, page.Text = pageLanguage(r, se.Locale)
	if se.CancelURL != nil {
		page.CancelURL = *se.CancelURL
	}
	if se.AmountTotal != nil {
		page.Amount = displayAmount(*se.AmountTotal, *se.Currency)
	}
	switch {
	case se.Status == sessionComplete:
		page.View, page.DoneURL = "done", complete(tx, se)
	case se.Status == sessionExpired:
		page.View, page.DoneURL, page.Error = "done", page.CancelURL, page.Text.Expired
	case se.SetupIntent != nil:
		if si, ok := get[setupIntent](tx, *se.SetupIntent); ok && si.LastSetupError != nil {
			page.Error = page.Text.refusal(si.LastSetupError.Code, si.LastSetupError.DeclineCode)
		}
	case se.PaymentIntent != nil:
		if pi, ok := get[paymentIntent](tx, *se.PaymentIntent); ok && pi.LastPaymentError != nil {
			page.Error = page.Text.refusal(pi.LastPaymentError.Code, pi.LastPaymentError.DeclineCode)
		}
	}
	return page
}

func (s *Server) sendCardPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	entry := cardEntry{
		number: r.PostFormValue("number"), month: r.PostFormValue("exp_month"),
		year: r.PostFormValue("exp_year"), cvc: r.PostFormValue("cvc"),
	}
	var page pageData
	target, status := "", http.StatusNotFound
	err := s.store.update(func(tx *transaction) error {
		se, ok := get[session](tx, r.PathValue("id"))
		if !ok {
			return nil
		}
		status = http.StatusOK
		page = cardPage(tx, r, se)
		if se.Status != sessionOpen {
			target = page.DoneURL
			return nil
		}
		c := &call{server: s, tx: tx, now: s.options.Now()}
		next, refused := s.submit(c, se, entry)
		if refused == nil {
			target = next
			return nil
		}
		status = http.StatusPaymentRequired
		page.Error = page.Text.refusal(refused.Code, refused.DeclineCode)
		if !refused.kept {
			return refused
		}
		return nil
	})
	var refused *apiError
	if err != nil && !errors.As(err, &refused) {
		slog.Error("stripe emulator: card page", "error", err)
		http.Error(w, "cannot store the card", http.StatusInternalServerError)
		return
	}
	if target != "" {
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	render(w, r, status, page)
}

func (s *Server) showAuthentication(w http.ResponseWriter, r *http.Request) {
	page := pageData{View: "done"}
	status := http.StatusNotFound
	s.store.view(func(tx *transaction) {
		locale := (*string)(nil)
		if pi, ok := get[paymentIntent](tx, r.PathValue("id")); ok {
			status, page.DoneURL = http.StatusOK, afterPayment(tx, pi)
			page.Amount = displayAmount(pi.Amount, pi.Currency)
			locale = sessionLocale(tx, pi.Session)
			if pi.Status == statusActionRequired {
				page.View = "authenticate"
			}
		} else if si, ok := get[setupIntent](tx, r.PathValue("id")); ok {
			status, page.DoneURL = http.StatusOK, afterSetup(tx, si)
			locale = sessionLocale(tx, si.Session)
			if si.Status == statusActionRequired {
				page.View = "authenticate"
			}
		}
		page.Lang, page.Text = pageLanguage(r, locale)
	})
	render(w, r, status, page)
}

func sessionLocale(tx *transaction, id string) *string {
	if se, ok := get[session](tx, id); ok {
		return se.Locale
	}
	return nil
}

func (s *Server) sendAuthentication(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	outcome := r.PostFormValue("outcome")
	if outcome != "succeed" && outcome != "fail" {
		http.Error(w, "outcome: must be succeed or fail", http.StatusBadRequest)
		return
	}
	target, known := "", false
	err := s.store.update(func(tx *transaction) error {
		if pi, ok := get[paymentIntent](tx, r.PathValue("id")); ok {
			authenticated(tx, pi, outcome == "succeed")
			target, known = afterPayment(tx, pi), true
		} else if si, ok := get[setupIntent](tx, r.PathValue("id")); ok {
			setupAuthenticated(tx, si, outcome == "succeed")
			target, known = afterSetup(tx, si), true
		}
		return nil
	})
	switch {
	case err != nil:
		slog.Error("stripe emulator: authentication page", "error", err)
		http.Error(w, "cannot store the outcome", http.StatusInternalServerError)
	case !known:
		render(w, r, http.StatusNotFound, pageData{})
	case target == "":
		s.showAuthentication(w, r)
	default:
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
}

// afterPayment answers where the browser goes from the authentication of an intent.
func afterPayment(tx *transaction, pi *paymentIntent) string {
	if se, ok := get[session](tx, pi.Session); ok {
		return afterSession(tx, se, pi.Status)
	}
	return withQuery(pi.ReturnURL, "payment_intent", pi.ID, pi.ClientSecret, pi.Status)
}

func afterSetup(tx *transaction, si *setupIntent) string {
	if se, ok := get[session](tx, si.Session); ok {
		return afterSession(tx, se, si.Status)
	}
	return withQuery(si.ReturnURL, "setup_intent", si.ID, si.ClientSecret, si.Status)
}

func afterSession(tx *transaction, se *session, intentStatus string) string {
	switch {
	case intentStatus == statusSucceeded:
		return complete(tx, se)
	case se.URL != nil:
		return *se.URL
	case se.CancelURL != nil:
		return *se.CancelURL
	default:
		return ""
	}
}

// withQuery adds the parameters that Stripe adds to a return_url.
func withQuery(address, name, id, secret, status string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	outcome := statusFailed
	if status == statusSucceeded {
		outcome = statusSucceeded
	}
	query := u.Query()
	query.Set(name, id)
	query.Set(name+"_client_secret", secret)
	query.Set("redirect_status", outcome)
	u.RawQuery = query.Encode()
	return u.String()
}

func pageLanguage(r *http.Request, locale *string) (string, pageTexts) {
	wanted := r.Header.Get("Accept-Language")
	if locale != nil && *locale != "auto" {
		wanted = *locale
	}
	tags, _, _ := language.ParseAcceptLanguage(wanted)
	_, i, _ := pageMatcher.Match(tags...)
	return pageLanguages[i].String(), texts[i]
}

func displayAmount(minor int64, currency string) string {
	text := strconv.FormatInt(minor, 10)
	if currency != "jpy" {
		for len(text) < 3 {
			text = "0" + text
		}
		text = text[:len(text)-2] + "." + text[len(text)-2:]
	}
	return text + " " + strings.ToUpper(currency)
}

func render(w http.ResponseWriter, r *http.Request, status int, page pageData) {
	if page.Lang == "" {
		page.Lang, page.Text = pageLanguage(r, nil)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if err := pageTemplate.Execute(w, page); err != nil {
		slog.Debug("stripe emulator: page", "error", err)
	}
}
