package stack

import "context"

// SampleUser is a user that an empty stack is given.
type SampleUser struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"` // resource name
	Role     string `json:"role"`
	Country  string `json:"country"`
}

func (s *Stack) seed(context.Context) error { return nil }
