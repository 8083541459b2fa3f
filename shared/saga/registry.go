package saga

import "fmt"

// Registry knows every definition that sagas may still name, old versions included.
type Registry struct {
	current  map[string]Definition
	versions map[version]Definition
}

type version struct {
	name   string
	number int
}

// NewRegistry makes a registry of valid definitions. The highest version of a name is the
// one that new sagas take.
func NewRegistry(definitions ...Definition) (*Registry, error) {
	r := &Registry{current: map[string]Definition{}, versions: map[version]Definition{}}
	for _, d := range definitions {
		if err := d.Validate(); err != nil {
			return nil, err
		}
		key := version{d.Name, d.Version}
		if _, ok := r.versions[key]; ok {
			return nil, fmt.Errorf("definition %s: version %d is there twice", d.Name, d.Version)
		}
		r.versions[key] = d
		if d.Version > r.current[d.Name].Version {
			r.current[d.Name] = d
		}
	}
	return r, nil
}

// Current returns the newest definition of that name.
func (r *Registry) Current(name string) (Definition, error) {
	d, ok := r.current[name]
	if !ok {
		return Definition{}, fmt.Errorf("no saga definition is named %q", name)
	}
	return d, nil
}

// Of returns the definition that the saga was started with. It fails in an instance that
// is older than the saga, which is retried until a newer one answers.
func (r *Registry) Of(s Saga) (Definition, error) {
	d, ok := r.versions[version{s.Definition, s.Version}]
	if !ok {
		return Definition{}, fmt.Errorf("saga %s: no version %d of definition %q", s.ID, s.Version, s.Definition)
	}
	return d, nil
}
