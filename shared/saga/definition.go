package saga

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Definition says what a kind of saga does. It is data: a saga's row names the version it
// was started with, and a version never changes once sagas of it exist.
type Definition struct {
	Name    string
	Version int
	Steps   []Step
	// Patience is how long the saga may take to reach its point of no return.
	Patience time.Duration
}

// Step is one command to a service and what undoes it.
type Step struct {
	Name    string
	Service string // see message: the command goes to message.CommandTopic(Service)
	Command string
	// Compensation is the command that undoes Command; it is sent with the same body. Empty
	// when there is nothing to undo or no way to.
	Compensation string
	// After names the steps that must be done before this one.
	After []string
	// Body makes the command's message. It must depend on nothing but its argument.
	Body func(Data) (any, error)
	// ReadOnly steps have no effect, so nothing is lost when they are abandoned.
	ReadOnly bool
	// Pivot steps, once done, end the time in which a deadline turns the saga back.
	Pivot bool
	// ForwardOnly steps, once done, leave no way back, not even for a refusal.
	ForwardOnly bool
}

// Validate reports what is wrong with the definition.
func (d Definition) Validate() error {
	if d.Name == "" || d.Version < 1 || d.Patience <= 0 || len(d.Steps) == 0 {
		return fmt.Errorf("definition %q: it needs a name, a version from 1, steps and patience", d.Name)
	}
	seen := map[string]bool{}
	for _, s := range d.Steps {
		if s.Name == "" || s.Service == "" || s.Command == "" || s.Body == nil {
			return fmt.Errorf("definition %s: step %q needs a name, a service, a command and a body", d.Name, s.Name)
		}
		if seen[s.Name] {
			return fmt.Errorf("definition %s: two steps are named %s", d.Name, s.Name)
		}
		if s.ReadOnly && s.Compensation != "" {
			return fmt.Errorf("definition %s: step %s only reads, there is nothing to compensate", d.Name, s.Name)
		}
		for _, a := range s.After {
			if !seen[a] {
				return fmt.Errorf("definition %s: step %s follows %s, which does not stand before it", d.Name, s.Name, a)
			}
		}
		seen[s.Name] = true
	}
	return nil
}

// Step returns the step of that name.
func (d Definition) Step(name string) (Step, bool) {
	i := slices.IndexFunc(d.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return Step{}, false
	}
	return d.Steps[i], true
}

// followers returns the names of all steps that follow the named one, at any distance.
func (d Definition) followers(name string) map[string]bool {
	found := map[string]bool{}
	for _, s := range d.Steps { // steps stand after those they follow
		if slices.ContainsFunc(s.After, func(a string) bool { return a == name || found[a] }) {
			found[s.Name] = true
		}
	}
	return found
}

// Data is what a step's body is made of: the saga's input and the results of the steps
// before it.
type Data struct{ saga *Saga }

// ID returns the saga's id.
func (d Data) ID() string { return d.saga.ID }

// Country returns the country of the saga.
func (d Data) Country() string { return d.saga.Country }

// StartTime returns the business time at which the saga started.
func (d Data) StartTime() time.Time { return d.saga.StartTime }

// Input decodes what the saga was started with into v.
func (d Data) Input(v any) error {
	if err := json.Unmarshal(d.saga.Input, v); err != nil {
		return fmt.Errorf("decode input of saga %s: %w", d.saga.ID, err)
	}
	return nil
}

// Result decodes what the named step answered into v.
func (d Data) Result(step string, v any) error {
	run := d.saga.Steps[step].Action
	if run.Status != Done {
		return fmt.Errorf("result of step %s of saga %s: it is not done", step, d.saga.ID)
	}
	if err := json.Unmarshal(run.Result, v); err != nil {
		return fmt.Errorf("decode result of step %s of saga %s: %w", step, d.saga.ID, err)
	}
	return nil
}
