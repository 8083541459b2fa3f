package cloud

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Resource is a resource of an applied environment.
type Resource struct {
	Address string         `json:"address"`
	Mode    string         `json:"mode"` // managed or data
	Type    string         `json:"type"`
	Values  map[string]any `json:"values"`
}

// State is what one run of terraform test applied.
type State []Resource

type module struct {
	Resources []Resource `json:"resources"`
	Children  []module   `json:"child_modules"`
}

type line struct {
	Type  string `json:"type"`
	State *struct {
		Root module `json:"root_module"`
	} `json:"test_state"`
	Summary *struct {
		Status string `json:"status"`
	} `json:"test_summary"`
	Message    string `json:"@message"`
	Diagnostic *struct {
		Detail string `json:"detail"`
	} `json:"diagnostic"`
}

// Read returns the last state that terraform test -json -verbose printed. Tests that failed
// are an error with what Terraform said.
func Read(r io.Reader) (State, error) {
	var state State
	var failed error
	var passed bool
	reader := bufio.NewReaderSize(r, 1<<20)
	for {
		text, err := reader.ReadBytes('\n')
		if len(text) > 1 {
			var l line
			if err := json.Unmarshal(text, &l); err != nil {
				return nil, fmt.Errorf("not a line of terraform test -json: %.200s", text)
			}
			if l.State != nil {
				state = l.State.Root.all(nil)
			}
			if l.Diagnostic != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %s", l.Message, l.Diagnostic.Detail))
			}
			passed = passed || l.Summary != nil && l.Summary.Status == "pass"
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if !passed {
		return nil, errors.Join(errors.New("terraform test did not pass"), failed)
	}
	if len(state) == 0 {
		return nil, errors.New("terraform test printed no state: run it with -json -verbose")
	}
	return state, nil
}

func (m module) all(found State) State {
	for _, r := range m.Resources {
		if r.Mode != "data" {
			found = append(found, r)
		}
	}
	for _, child := range m.Children {
		found = child.all(found)
	}
	return found
}

// of returns the resources of a type.
func (s State) of(kind string) []Resource {
	var found []Resource
	for _, r := range s {
		if r.Type == kind {
			found = append(found, r)
		}
	}
	return found
}

// text returns an attribute that is a word, empty where it is not set.
func (r Resource) text(name string) string {
	value, _ := r.Values[name].(string)
	return value
}

func (r Resource) yes(name string) bool {
	value, _ := r.Values[name].(bool)
	return value
}

func (r Resource) number(name string) float64 {
	value, _ := r.Values[name].(float64)
	return value
}

// block returns the first nested block of a name; one that is not there has no attributes.
func (r Resource) block(name string) Resource {
	if blocks := r.blocks(name); len(blocks) > 0 {
		return blocks[0]
	}
	return Resource{Address: r.Address + "." + name}
}

func (r Resource) blocks(name string) []Resource {
	list, _ := r.Values[name].([]any)
	var found []Resource
	for _, item := range list {
		if values, ok := item.(map[string]any); ok {
			found = append(found, Resource{Address: r.Address + "." + name, Type: r.Type, Values: values})
		}
	}
	return found
}

// words returns an attribute that is a list or a map of words, the latter by its values.
func (r Resource) words(name string) map[string]string {
	found := map[string]string{}
	switch value := r.Values[name].(type) {
	case []any:
		for _, item := range value {
			if word, ok := item.(string); ok {
				found[word] = word
			}
		}
	case map[string]any:
		for key, item := range value {
			if word, ok := item.(string); ok {
				found[key] = word
			}
		}
	}
	return found
}
