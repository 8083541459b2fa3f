package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/sample"
	"github.com/kwipper/kwipper/shared/api"
)

// story is what has happened so far.
type story struct {
	console, api, auth        string
	adminEmail, adminPassword string

	tutor  *person
	people map[string]*person // learners by country
	course api.Course
	items  []api.Item
}

// person is somebody at a browser.
type person struct {
	*frontend.Client
	country, zone, language, name string
	user                          api.User
	card                          api.PaymentMethod
	subscription                  string // resource name
}

// cast are the learners, one a country. The first pays by a card that asks for 3-D Secure.
var cast = []struct{ country, zone, language, name, card string }{
	{"ID", "Asia/Jakarta", "id", "Siti Rahayu", "4000003800000446"},
	{"JP", "Asia/Tokyo", "ja", "高橋 健", "4242424242424242"},
	{"PH", "Asia/Manila", "fil", "Jose Rizal", "5555555555554444"},
	{"MX", "America/Mexico_City", "es", "Sofía Ramírez", "4242424242424242"},
}

type step struct {
	what string
	do   func(context.Context) (result string, err error)
}

// play plays all steps and prints them.
func (s *story) play(ctx context.Context) error {
	begun := time.Now()
	steps := []step{
		{"a tutor registers", s.registerTutor},
		{"creates a course with prices for four countries", s.createCourse},
		{"uploads a video and a PDF to each item", s.uploadMedia},
		{"publishes", s.publish},
	}
	for _, c := range cast {
		steps = append(steps,
			step{"a learner of " + c.country + " registers and saves a card", func(ctx context.Context) (string, error) {
				return s.registerLearner(ctx, c.country, c.zone, c.language, c.name, c.card)
			}},
			step{"  subscribes", func(ctx context.Context) (string, error) { return s.subscribe(ctx, s.people[c.country]) }},
			step{"  plays and downloads the very bytes", func(ctx context.Context) (string, error) { return s.study(ctx, s.people[c.country]) }},
		)
	}
	steps = append(steps,
		step{"who has not subscribed is refused", s.refuseStranger},
		step{"a card is declined: everything is undone", s.decline},
		step{"a step fails for good after the payment: the money goes back", s.failAfterPayment},
		step{"two months go by", s.twoMonths},
		step{"  two renewals each, at the right local dates", s.checkRenewals},
		step{"the learner of JP cancels at the end of the period", s.cancel},
		step{"the learner of PH asks for a refund", s.refund},
		step{"  access has ended, the course is as before", s.checkRefunded},
		step{"a month goes by: what was cancelled has ended", s.monthAfter},
	)
	for i, st := range steps {
		at := time.Now()
		result, err := st.do(ctx)
		if err != nil {
			fmt.Printf("%2d  FAILED  %s\n", i+1, st.what)
			return fmt.Errorf("step %d, %s: %w", i+1, st.what, err)
		}
		fmt.Printf("%2d  %6.0f ms  %-62s %s\n", i+1, float64(time.Since(at).Microseconds())/1000, st.what, result)
	}
	if err := s.invariants(ctx); err != nil {
		return err
	}
	fmt.Printf("\nThe story took %.1f s.\n", time.Since(begun).Seconds())
	return nil
}

// newcomer signs somebody up under an address that nobody has.
func (s *story) newcomer(ctx context.Context, role, country, zone, language, name string) (*person, error) {
	p := &person{Client: frontend.New(s.api, s.auth, s.console), country: country, zone: zone, language: language, name: name}
	email := fmt.Sprintf("%s.%s.%d@demo.local", role, country, time.Now().UnixNano())
	if err := p.SignUp(ctx, email, "correct horse battery", name); err != nil {
		return nil, err
	}
	user, err := p.Register(ctx, api.RegisterUserRequest{
		DisplayName: name, RegionCode: api.RegionCode(country), TimeZone: zone, LanguageCode: language,
	})
	p.user = user
	return p, err
}

func (s *story) registerTutor(ctx context.Context) (string, error) {
	tutor, err := s.newcomer(ctx, "tutor", "JP", "Asia/Tokyo", "ja", "鈴木 先生")
	if err != nil {
		return "", err
	}
	admin := frontend.New(s.api, s.auth, s.console)
	if err := admin.SignIn(ctx, s.adminEmail, s.adminPassword); err != nil {
		return "", err
	}
	if err := admin.Call(ctx, http.MethodPost, "/"+tutor.user.Name+":grantRole", api.GrantRoleRequest{Role: "TUTOR"}, nil); err != nil {
		return "", err
	}
	s.tutor = tutor
	return tutor.user.Name, tutor.Refresh(ctx)
}

func (s *story) createCourse(ctx context.Context) (string, error) {
	course := sample.Courses[0].Course
	course.Prices = sample.Prices("149000.00", "1480", "499.00", "189.00")
	if err := s.tutor.Call(ctx, http.MethodPost, "/courses", course, &s.course); err != nil {
		return "", err
	}
	for _, item := range sample.Courses[0].Items {
		var created api.Item
		if err := s.tutor.Call(ctx, http.MethodPost, "/"+s.course.Name+"/items", item, &created); err != nil {
			return "", err
		}
		s.items = append(s.items, created)
	}
	return fmt.Sprintf("%s, %d items", s.course.Name, len(s.items)), nil
}

var media = []frontend.Media{
	{Kind: "VIDEO", Filename: "lesson.mp4", MimeType: "video/mp4", Bytes: sample.Lesson},
	{Kind: "FILE", Filename: "handout.pdf", MimeType: "application/pdf", Bytes: sample.Handout},
}

func (s *story) uploadMedia(ctx context.Context) (string, error) {
	total := 0
	for _, item := range s.items {
		for _, m := range media {
			if _, err := s.tutor.Upload(ctx, item.Name, m); err != nil {
				return "", err
			}
			total += len(m.Bytes)
		}
	}
	return fmt.Sprintf("%d files, %d KB", len(s.items)*len(media), total>>10), nil
}

func (s *story) publish(ctx context.Context) (string, error) {
	var o api.Operation
	if err := s.tutor.Call(ctx, http.MethodPost, "/"+s.course.Name+":publish", nil, &o, "Prefer", "wait=10"); err != nil {
		return "", err
	}
	if _, err := s.tutor.Await(ctx, o); err != nil {
		return "", err
	}
	return "PUBLISHED", s.tutor.Call(ctx, http.MethodGet, "/"+s.course.Name, nil, &s.course)
}

func (s *story) registerLearner(ctx context.Context, country, zone, language, name, number string) (string, error) {
	p, err := s.newcomer(ctx, "learner", country, zone, language, name)
	if err != nil {
		return "", err
	}
	if p.card, err = p.SaveCard(ctx, number); err != nil {
		return "", err
	}
	s.people[country] = p
	return fmt.Sprintf("%s, %s ending in %s", p.user.Name, p.card.Brand, p.card.Last4), nil
}

// offer is the course as a learner of a country is shown it.
func (s *story) offer(ctx context.Context, p *person) (api.Course, error) {
	var c api.Course
	err := p.Call(ctx, http.MethodGet, "/"+s.course.Name+"?regionCode="+p.country+"&languageCode="+p.language, nil, &c)
	return c, err
}

// begin asks to subscribe and waits until the operation is done or waits for the learner.
func (s *story) begin(ctx context.Context, p *person) (api.Operation, error) {
	course, err := s.offer(ctx, p)
	if err != nil {
		return api.Operation{}, err
	}
	var o api.Operation
	err = p.Call(ctx, http.MethodPost, "/users/me/subscriptions", api.SubscribeRequest{
		Course: course.Name, PaymentMethod: p.card.Name, Price: course.Price, ReturnURI: s.console + "/done",
	}, &o, "Prefer", "wait=10")
	if err != nil {
		return o, err
	}
	p.subscription = o.Metadata.Subscription
	return p.Await(ctx, o)
}

func (s *story) subscribe(ctx context.Context, p *person) (string, error) {
	o, err := s.begin(ctx, p)
	if err != nil {
		return "", err
	}
	how := ""
	if !o.Done {
		how = ", after 3-D Secure"
		if err := p.Authenticate(ctx, o.Metadata.NextAction.RedirectURI, "succeed"); err != nil {
			return "", err
		}
		if _, err := p.AwaitDone(ctx, o); err != nil {
			return "", err
		}
	}
	var sub api.Subscription
	if err := p.Call(ctx, http.MethodGet, "/"+p.subscription, nil, &sub); err != nil {
		return "", err
	}
	if sub.State != "ACTIVE" {
		return "", fmt.Errorf("the subscription is %s", sub.State)
	}
	return fmt.Sprintf("%s for %s %s%s", sub.State, sub.Price.Amount, sub.Price.CurrencyCode, how), nil
}

// signed returns the signed URLs of an item.
func (s *story) signed(ctx context.Context, p *person, item api.Item) ([]api.SignedContent, error) {
	var answer api.SignedContents
	err := p.Call(ctx, http.MethodGet, "/"+item.Name+"/contents:sign", nil, &answer)
	return answer.Contents, err
}

func (s *story) study(ctx context.Context, p *person) (string, error) {
	var item api.Item
	if err := p.Call(ctx, http.MethodGet, "/"+s.items[0].Name+"?view=FULL", nil, &item); err != nil {
		return "", err
	}
	if item.Text == "" {
		return "", errors.New("the item has no text")
	}
	contents, err := s.signed(ctx, p, s.items[0])
	if err != nil {
		return "", err
	}
	want := map[string][]byte{"lesson.mp4": sample.Lesson, "handout.pdf": sample.Handout}
	for _, c := range contents {
		whole := want[c.Filename]
		if status, got, err := p.Fetch(ctx, c.URI, ""); err != nil || status != http.StatusOK || !bytes.Equal(got, whole) {
			return "", fmt.Errorf("%s: status %d, %d bytes of %d: %w", c.Filename, status, len(got), len(whole), err)
		}
		if status, got, err := p.Fetch(ctx, c.URI, "bytes=100-199"); err != nil || status != http.StatusPartialContent || !bytes.Equal(got, whole[100:200]) {
			return "", fmt.Errorf("range of %s: status %d, %d bytes: %w", c.Filename, status, len(got), err)
		}
		delete(want, c.Filename)
	}
	if len(want) > 0 {
		return "", fmt.Errorf("%d files are missing", len(want))
	}
	done, position := true, int32(8)
	progress := api.UpdateProgressRequest{Done: &done, PositionSeconds: &position}
	path := "/users/me/progress/" + api.IDOf(s.course.Name) + "/items/" + api.IDOf(s.items[0].Name)
	if err := p.Call(ctx, http.MethodPatch, path, progress, nil); err != nil {
		return "", err
	}
	return fmt.Sprintf("text, %d files and ranges", len(contents)), nil
}

func request(ctx context.Context, method, address string, body any) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err == nil && body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}
