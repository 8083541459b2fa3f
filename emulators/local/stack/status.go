package stack

import "time"

// Status is what a stack tells about itself.
type Status struct {
	Ready        bool              `json:"ready"`
	Addresses    map[string]string `json:"addresses"`
	Environment  []string          `json:"environment"` // lines NAME=value
	Users        []SampleUser      `json:"users"`
	Try          string            `json:"try"` // a request to paste into a shell
	DataDir      string            `json:"dataDir,omitempty"`
	BusinessTime time.Time         `json:"businessTime"`
}

// Status returns the present status.
func (s *Stack) Status() Status {
	p := s.Options.Ports
	return Status{
		Ready: s.ready.Load(), DataDir: s.Options.DataDir, BusinessTime: s.Clock.Now(), Environment: s.EnvironmentLines(), Users: s.sampleUsers(),
		Addresses: map[string]string{
			"api": httpURL(p.API), "console": httpURL(p.Console), "identity": httpURL(p.Identity), "pubsub": address(p.PubSub),
			"storage": httpURL(p.Storage), "tasks": address(p.Tasks), "scheduler": address(p.Scheduler), "spanner": address(p.Spanner),
			"stripe": httpURL(p.Stripe), "functions": httpURL(p.Functions),
		},
		Try: "  curl -s '" + httpURL(p.API) + "/v1/courses?regionCode=JP&languageCode=ja'",
	}
}
