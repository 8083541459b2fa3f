package trigger

import "fmt"

// Crash is a panic as an error, which is unknown and therefore retried.
type Crash struct {
	Reason any
	Stack  []byte
}

// Error says what the panic said.
func (c *Crash) Error() string { return fmt.Sprintf("panic: %v", c.Reason) }
