package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/kwipper/kwipper/emulators/local/stack"
)

// announce prints who may sign in, a request to paste and the ready line, and writes the
// ready file whole: whoever waits for it never reads half of it.
func announce(s *stack.Stack, readyFile string) error {
	status := s.Status()
	if len(status.Users) > 0 {
		fmt.Println("Users, all with the password " + status.Users[0].Password + ":")
		for _, u := range status.Users {
			fmt.Printf("  %-13s %-2s  %-24s %s\n", u.Role, u.Country, u.Email, u.Name)
		}
		fmt.Println("\nTry:\n" + status.Try + "\n")
	}
	if readyFile != "" {
		text, err := json.MarshalIndent(status, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(readyFile+".new", text, 0o600); err != nil {
			return fmt.Errorf("write the ready file: %w", err)
		}
		if err := os.Rename(readyFile+".new", readyFile); err != nil {
			return fmt.Errorf("write the ready file: %w", err)
		}
	}
	fmt.Println(s.Ready())
	return nil
}
