package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// object is where a bucket keeps the record; the bucket keeps its earlier versions.
const object = "releases/current.json"

// Bucket keeps the record in a bucket of Cloud Storage.
type Bucket struct {
	Handle *storage.BucketHandle
}

// Read implements Records.
func (b Bucket) Read(ctx context.Context) (Record, error) {
	reader, err := b.Handle.Object(object).NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return Record{}, nil
	}
	if err != nil {
		return Record{}, fmt.Errorf("record of releases: %w", err)
	}
	defer func() { _ = reader.Close() }() // it was only read
	var r Record
	if err := json.NewDecoder(reader).Decode(&r); err != nil {
		return Record{}, fmt.Errorf("record of releases, %s: %w", object, err)
	}
	r.generation = reader.Attrs.Generation
	return r, nil
}

// Write implements Records.
func (b Bucket) Write(ctx context.Context, r Record) (Record, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return r, err
	}
	condition := storage.Conditions{GenerationMatch: r.generation}
	if r.generation == 0 {
		condition = storage.Conditions{DoesNotExist: true}
	}
	writer := b.Handle.Object(object).If(condition).Retryer(storage.WithPolicy(storage.RetryNever)).NewWriter(ctx)
	writer.ContentType, writer.ChunkSize = "application/json", 0
	_, err = writer.Write(text)
	if err = errors.Join(err, writer.Close()); err != nil {
		var answer *googleapi.Error
		if errors.As(err, &answer) && answer.Code == http.StatusPreconditionFailed {
			return r, ErrTaken
		}
		return r, fmt.Errorf("record of releases: %w", err)
	}
	r.generation = writer.Attrs().Generation
	return r, nil
}
