package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/sample"
	"github.com/kwipper/kwipper/shared/api"
)

// SampleUser is a user that an empty stack is given.
type SampleUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"` // resource name
	Role     string `json:"role"`
	Country  string `json:"country"`
}

// password is that of all sample users.
const password = "kwipper-local"

type person struct {
	email, role, country, zone, language, display string
}

var people = []person{
	{"admin@kwipper.local", "administrator", "JP", "Asia/Tokyo", "ja", "管理 者"},
	{"tutor@kwipper.local", "tutor", "JP", "Asia/Tokyo", "ja", "佐藤 先生"},
	{"learner.id@kwipper.local", "learner", "ID", "Asia/Jakarta", "id", "Budi Santoso"},
	{"learner.jp@kwipper.local", "learner", "JP", "Asia/Tokyo", "ja", "山田 花子"},
	{"learner.ph@kwipper.local", "learner", "PH", "Asia/Manila", "fil", "Maria Clara"},
	{"learner.mx@kwipper.local", "learner", "MX", "America/Mexico_City", "es", "Lucía Hernández"},
}

// seed gives an empty stack its sample users and courses, through the API. A start that was
// killed half way is gone on with: every request has a key of its own for good.
func (s *Stack) seed(ctx context.Context) error {
	if !s.Options.Sample {
		return nil
	}
	if err := s.createPeople(); err != nil {
		return err
	}
	done := s.dir("seeded")
	if done != "" {
		if _, err := os.Stat(done); err == nil {
			return nil
		}
	}
	if err := s.SeedSample(ctx); err != nil {
		return err
	}
	if done == "" {
		return nil
	}
	return os.WriteFile(done, nil, 0o600)
}

// createPeople makes the accounts of the sample users, where they are not there yet.
func (s *Stack) createPeople() error {
	s.Users = nil
	for _, p := range people {
		_, err := s.Identity.CreateUser(identity.User{Email: p.email, EmailVerified: true, DisplayName: p.display, Password: password})
		if err != nil && !errors.Is(err, identity.ErrEmailExists) {
			return err
		}
		s.Users = append(s.Users, SampleUser{Email: p.email, Password: password, Role: p.role, Country: p.country})
	}
	return nil
}

// sampleUsers are the sample users with their names, which are in the claims of their accounts.
func (s *Stack) sampleUsers() []SampleUser {
	users := append([]SampleUser(nil), s.Users...)
	for i, u := range users {
		if account, ok := s.Identity.FindUser(u.Email); ok {
			if id, ok := account.Claims["userId"].(string); ok {
				users[i].Name = "users/" + id
			}
		}
	}
	return users
}

// SeedSample registers the sample users and publishes the sample courses.
func (s *Stack) SeedSample(ctx context.Context) error {
	for _, p := range people {
		c := s.Browser()
		if err := c.SignIn(ctx, p.email, password); err != nil {
			return err
		}
		_, err := c.Register(ctx, api.RegisterUserRequest{
			DisplayName: p.display, RegionCode: api.RegionCode(p.country), TimeZone: p.zone, LanguageCode: p.language,
		})
		if err != nil && frontend.Reason(err) != "USER_ALREADY_REGISTERED" {
			return fmt.Errorf("register %s: %w", p.email, err)
		}
		if p.role != "learner" {
			if err := s.grant(ctx, p); err != nil {
				return fmt.Errorf("make %s a %s: %w", p.email, p.role, err)
			}
		}
	}
	tutor := s.Browser()
	if err := tutor.SignIn(ctx, people[1].email, password); err != nil {
		return err
	}
	return publishSample(ctx, tutor)
}

// Browser returns a client with nobody signed in.
func (s *Stack) Browser() *frontend.Client {
	p := s.Options.Ports
	return frontend.New(httpURL(p.API), httpURL(p.Identity), httpURL(p.Console))
}

// grant gives a role in the name of an administrator. The first one has nobody to be made
// one by: the identity service vouches for it, as an operator does in production.
func (s *Stack) grant(ctx context.Context, p person) error {
	account, ok := s.Identity.FindUser(p.email)
	if !ok {
		return fmt.Errorf("there is no account")
	}
	id, _ := account.Claims["userId"].(string)
	token, err := s.Identity.MintUserToken(people[0].email, map[string]any{"roles": []string{"learner", "administrator"}}, identity.MintOptions{})
	if err != nil {
		return err
	}
	c := s.Browser()
	c.Token = token
	role := map[string]api.Role{"administrator": "ADMINISTRATOR", "tutor": "TUTOR"}[p.role]
	return c.Call(ctx, http.MethodPost, "/users/"+id+":grantRole", api.GrantRoleRequest{Role: role}, nil)
}

// publishSample publishes the sample courses, each item with the sample lesson.
func publishSample(ctx context.Context, tutor *frontend.Client) error {
	for i, course := range sample.Courses {
		var c api.Course
		key := fmt.Sprintf("sample-course-%d", i)
		if err := tutor.Call(ctx, http.MethodPost, "/courses", course.Course, &c, "Idempotency-Key", key); err != nil {
			return err
		}
		for j, item := range course.Items {
			if err := addItem(ctx, tutor, c.Name, item, fmt.Sprintf("%s-item-%d", key, j)); err != nil {
				return err
			}
		}
		var o api.Operation
		if err := tutor.Call(ctx, http.MethodPost, "/"+c.Name+":publish", nil, &o, "Idempotency-Key", key+"-publish", "Prefer", "wait=10"); err != nil {
			return err
		}
		if _, err := tutor.Await(ctx, o); err != nil {
			return fmt.Errorf("publish %s: %w", c.Name, err)
		}
	}
	return nil
}

func addItem(ctx context.Context, tutor *frontend.Client, course string, r api.CreateItemRequest, key string) error {
	var item api.Item
	if err := tutor.Call(ctx, http.MethodPost, "/"+course+"/items", r, &item, "Idempotency-Key", key); err != nil {
		return err
	}
	for _, m := range []frontend.Media{
		{Kind: "VIDEO", Filename: "lesson.mp4", MimeType: "video/mp4", Bytes: sample.Lesson},
		{Kind: "FILE", Filename: "handout.pdf", MimeType: "application/pdf", Bytes: sample.Handout},
	} {
		if _, err := tutor.Upload(ctx, item.Name, m); err != nil {
			return fmt.Errorf("upload %s of %s: %w", m.Filename, item.Name, err)
		}
	}
	return nil
}
