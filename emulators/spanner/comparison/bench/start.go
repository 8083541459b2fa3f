package main

import (
	"context"
	"fmt"
	"time"

	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

// answer waits for any answer of the server itself.
func answer(ctx context.Context, admin *databaseadmin.DatabaseAdminClient) error {
	_, err := admin.GetDatabase(ctx, &databasepb.GetDatabaseRequest{Name: "projects/comparison/instances/comparison/databases/none"})
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return err
	}
	return nil
}

var usualDDL = []string{
	`CREATE TABLE Singers (Id INT64 NOT NULL, Name STRING(MAX), Born DATE) PRIMARY KEY (Id)`,
	`CREATE TABLE Albums (Id INT64 NOT NULL, AlbumId INT64 NOT NULL, Title STRING(MAX)) PRIMARY KEY (Id, AlbumId), INTERLEAVE IN PARENT Singers`,
	`CREATE TABLE Plays (Id STRING(36) NOT NULL, Count INT64 NOT NULL) PRIMARY KEY (Id)`,
	`CREATE INDEX SingersByName ON Singers(Name)`,
}

// create makes databases one after another and reports the milliseconds of each.
func create(ctx context.Context, process *servers.Process, admin *databaseadmin.DatabaseAdminClient, count int, report func(ms float64)) error {
	if process.Name == servers.Spannertest {
		return fmt.Errorf("has only one database")
	}
	if err := process.CreateInstance(ctx); err != nil {
		return err
	}
	for i := range count {
		began := time.Now()
		if _, err := process.CreateDatabase(ctx, admin, fmt.Sprintf("own-%d", i), usualDDL...); err != nil {
			return err
		}
		report(time.Since(began).Seconds() * 1000)
	}
	return nil
}
