package staging

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
)

// Triggers of functions.
const (
	TriggerHTTP  = "http"  // called by users and the payment gateway, through the front door
	TriggerEvent = "event" // called by Pub/Sub, Cloud Tasks, Cloud Scheduler, Cloud Storage
)

// Function is a function of the repository.
type Function struct {
	Name    string `json:"name"`    // under which it registers
	Service string `json:"service"` // that it belongs to
	Path    string `json:"path"`    // of its package in the module, with slashes
	Trigger string `json:"trigger"`
}

var (
	registration = regexp.MustCompile(`functions\.HTTP\("(\w+)"`)
	endpoint     = regexp.MustCompile(`(?m)^var \w+ = (httpapi|event)\.\w+\("(\w+)"`)
)

// Find returns the functions of the repository in root, sorted by name.
func Find(root string) ([]Function, error) {
	files, err := filepath.Glob(filepath.Join(root, "functions", "*", "*", "function.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no functions", root)
	}
	var found []Function
	folders := map[string]string{}
	for _, file := range files {
		f, err := read(root, file)
		if err != nil {
			return nil, err
		}
		if other, ok := folders[f.Name]; ok {
			return nil, fmt.Errorf("%s and %s both register %s", other, f.Path, f.Name)
		}
		folders[f.Name] = f.Path
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	return found, nil
}

func read(root, file string) (Function, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Function{}, err
	}
	folder, err := filepath.Rel(root, filepath.Dir(file))
	if err != nil {
		return Function{}, err
	}
	f := Function{Path: filepath.ToSlash(folder)}
	name, kind := registration.FindSubmatch(text), endpoint.FindSubmatch(text)
	if name == nil {
		return Function{}, fmt.Errorf("%s registers no function", f.Path)
	}
	if kind == nil {
		return Function{}, fmt.Errorf("%s is an endpoint of neither httpapi nor event", f.Path)
	}
	f.Name, f.Service, f.Trigger = string(name[1]), path.Base(path.Dir(f.Path)), TriggerEvent
	if string(kind[1]) == "httpapi" {
		f.Trigger = TriggerHTTP
	}
	if string(kind[2]) != f.Name {
		return Function{}, fmt.Errorf("%s registers %s and calls itself %s", f.Path, f.Name, kind[2])
	}
	return f, nil
}
