package spanner

import "context"

// StartOn starts an emulator whose data are on a file system of a test.
var StartOn = startOn

// Collect removes old versions now.
func Collect(s *Server) error { return s.server.Collect() }

// ChangeSchema applies a DDL statement.
func ChangeSchema(s *Server, database, ddl string) error {
	_, err := s.server.ChangeSchema(context.Background(), database, []string{ddl}, nil)
	return err
}
