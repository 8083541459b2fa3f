package config

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Seconds returns the variable name, a whole number of seconds from 0 to a day, or
// fallbackSeconds when it is empty.
func Seconds(name string, fallbackSeconds int) (time.Duration, error) {
	value := os.Getenv(name)
	if value == "" {
		return time.Duration(fallbackSeconds) * time.Second, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 24*60*60 {
		return 0, fmt.Errorf("environment variable %s: %q is not a number of seconds from 0 to 86400", name, value)
	}
	return time.Duration(n) * time.Second, nil
}
