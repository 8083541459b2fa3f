package server

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"sync"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// database is a database and the history of its schema.
type database struct {
	name    string
	created store.Timestamp
	record  databaseRecord // as stored; changed under ddl

	counters *counters // of sequences

	ddl     sync.Mutex   // one schema change at a time
	commits sync.RWMutex // held for writing while a schema change is carried out
	gone    error        // once it was dropped or replaced, under commits: what to answer to commits

	mu       sync.Mutex
	versions []schemaVersion // by time, at least one
}

type schemaVersion struct {
	from   store.Timestamp
	layout *rows.Layout
}

// databaseRecord is what the store keeps about a database. The schema is its
// statements, applied again in order.
type databaseRecord struct {
	Number  uint32
	Created store.Timestamp
	Schema  []schemaRecord
	Erased  []erasedRecord
	Tried   uint32 `json:",omitempty"` // numbers below it may be found in rows, of a change that came to nothing
}

type schemaRecord struct {
	From        store.Timestamp
	Statements  []string
	FirstID     uint32 `json:",omitempty"` // of what the statements make, at least
	Descriptors []byte `json:",omitempty"` // FileDescriptorSet that came with them
}

// erasedRecord is a table or index that was dropped; its rows go when no
// snapshot can see them any more.
type erasedRecord struct {
	At store.Timestamp
	ID uint32
}

const (
	databaseMeta = "database/"
	instanceMeta = "instance/"
	numberMeta   = "next-database"
)

// databasePath is the form of what may name a database, though none can be called so.
var databasePath = regexp.MustCompile(`^projects/[^/]+/instances/[^/]+/databases/[^/]+$`)

var databaseName = regexp.MustCompile(`^(projects/[^/]+/instances/[^/]+)/databases/([a-z][a-z0-9_-]{0,28}[a-z0-9])$`)

// layout returns the layout of the present schema.
func (db *database) layout() *rows.Layout {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.versions[len(db.versions)-1].layout
}

// layoutAt returns the layout of the schema at a time.
func (db *database) layoutAt(ts store.Timestamp) *rows.Layout {
	db.mu.Lock()
	defer db.mu.Unlock()
	i := sort.Search(len(db.versions), func(i int) bool { return db.versions[i].from > ts })
	return db.versions[max(0, i-1)].layout
}

func (s *Server) database(name string) (*database, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	db, ok := s.databases[name]
	switch {
	case !ok && !databasePath.MatchString(name):
		return nil, invalid("Invalid database name: %q.", name)
	case !ok:
		return nil, notFound("Database not found: %s", name)
	}
	return db, nil
}

// load reads databases and instances from the store.
func (s *Server) load() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.databases, s.instances, s.sessions = map[string]*database{}, map[string]*instance{}, map[string]*session{}
	err := s.store.EachMeta(instanceMeta, func(key string, value []byte) error {
		var i instance
		if err := json.Unmarshal(value, &i); err != nil {
			return fmt.Errorf("read stored instance %s: %w", key, err)
		}
		s.instances[key[len(instanceMeta):]] = &i
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := s.storedNumber(); err != nil {
		return err
	}
	return s.store.EachMeta(databaseMeta, func(key string, value []byte) error {
		db := &database{name: key[len(databaseMeta):]}
		if err := json.Unmarshal(value, &db.record); err != nil {
			return fmt.Errorf("read stored database %s: %w", key, err)
		}
		db.created, db.counters = db.record.Created, s.newCounters(db.record.Number)
		if err := db.restoreSchema(); err != nil {
			return fmt.Errorf("schema of stored database %s: %w", key, err)
		}
		s.databases[db.name] = db
		return nil
	})
}

func (s *Server) storedNumber() (uint32, error) {
	value, ok, err := s.store.Meta(numberMeta)
	if err != nil || !ok {
		s.nextID = max(s.nextID, 1)
		return s.nextID, err
	}
	var stored uint32
	err = json.Unmarshal(value, &stored)
	s.nextID = max(s.nextID, stored)
	return s.nextID, err
}

func (db *database) restoreSchema() error {
	catalog := schema.Empty(databaseName.FindStringSubmatch(db.name)[2])
	for _, record := range db.record.Schema {
		statements, err := parseAll(record.Statements)
		if err != nil {
			return err
		}
		if catalog, err = catalog.From(record.FirstID).OfferDescriptors(record.Descriptors); err != nil {
			return err
		}
		if catalog, err = catalog.Build(statements); err != nil {
			return err
		}
		if err = query.ResolveViews(catalog, false); err != nil {
			return err
		}
		db.versions = append(db.versions, schemaVersion{from: record.From, layout: db.newLayout(catalog)})
	}
	return nil
}

func parseAll(statements []string) ([]ast.DDL, error) {
	out := make([]ast.DDL, len(statements))
	for i, sql := range statements {
		var err error
		if out[i], err = schema.Parse(sql); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CreateNewDatabase makes a database with a schema. Its instance must exist.
// descriptors is a FileDescriptorSet for CREATE PROTO BUNDLE, or empty.
func (s *Server) CreateNewDatabase(name string, statements []string, descriptors []byte) error {
	m := databaseName.FindStringSubmatch(name)
	if m == nil {
		return invalid("Invalid database name: %q.", name)
	}
	parsed, err := parseAll(statements)
	if err != nil {
		return err
	}
	catalog, err := schema.Empty(m[2]).OfferDescriptors(descriptors)
	if err != nil {
		return err
	}
	catalog, err = catalog.Build(parsed)
	if err != nil {
		return err
	}
	if err := query.ResolveViews(catalog, false); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[m[1]] == nil {
		return notFound("Instance not found: %s", m[1])
	}
	if s.databases[name] != nil {
		return status.Errorf(codes.AlreadyExists, "Database already exists: %s", name)
	}
	now := s.store.Latest()
	db := &database{name: name, created: now, record: databaseRecord{
		Number: s.nextID, Created: now, Schema: []schemaRecord{{From: now, Statements: statements, Descriptors: descriptors}},
	}}
	db.counters = s.newCounters(s.nextID)
	layout := db.newLayout(catalog)
	if err := layout.Validate(); err != nil {
		return err
	}
	s.nextID++
	if err := s.saveJSON(numberMeta, s.nextID); err != nil {
		return err
	}
	db.versions = []schemaVersion{{from: now, layout: layout}}
	if err := s.saveJSON(databaseMeta+name, db.record); err != nil {
		return err
	}
	s.databases[name] = db
	return nil
}

func (s *Server) saveJSON(key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.store.SetMeta(key, data)
}

// RemoveDatabase drops a database.
func (s *Server) RemoveDatabase(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	db, ok := s.databases[name]
	if !ok {
		return notFound("Database not found: %s", name)
	}
	if err := s.store.SetMeta(databaseMeta+name, nil); err != nil {
		return err
	}
	delete(s.databases, name)
	for key, sess := range s.sessions {
		if sess.database == db {
			delete(s.sessions, key)
		}
	}
	db.commits.Lock()
	defer db.commits.Unlock()
	db.gone = notFound("Database not found: %s", name)
	if err := s.removeCounters(db); err != nil {
		s.opts.Log.Warn("counts of a dropped database's sequences stay on disk", "database", name, "error", err)
	}
	if err := s.store.Erase(rows.DatabasePrefix(db.record.Number)); err != nil {
		s.opts.Log.Warn("rows of a dropped database stay on disk", "database", name, "error", err)
	}
	return nil
}

// ChangeSchema applies DDL statements one after the other. Those before one
// that fails stay applied. It returns when each of them took effect.
// descriptors is a FileDescriptorSet for PROTO BUNDLE statements, or empty.
func (s *Server) ChangeSchema(ctx context.Context, name string, statements []string, descriptors []byte) ([]store.Timestamp, error) {
	db, err := s.database(name)
	if err != nil {
		return nil, err
	}
	parsed, err := parseAll(statements)
	if err != nil {
		return nil, err
	}
	db.ddl.Lock()
	defer db.ddl.Unlock()
	var times []store.Timestamp
	for i, ddl := range parsed {
		ts, err := s.changeSchema(ctx, db, ddl, statements[i], descriptors)
		if err != nil {
			return times, err
		}
		times = append(times, ts)
	}
	return times, nil
}

func (s *Server) changeSchema(ctx context.Context, db *database, ddl ast.DDL, sql string, descriptors []byte) (store.Timestamp, error) {
	before, err := db.layout().Catalog().From(db.record.Tried).OfferDescriptors(descriptors)
	if err != nil {
		return 0, err
	}
	catalog, changes, err := before.Apply(ddl)
	if err != nil {
		return 0, err
	}
	if err := query.ResolveViews(catalog, true); err != nil {
		return 0, err
	}
	layout := db.newLayout(catalog)
	if err := layout.Validate(); err != nil {
		return 0, err
	}
	db.commits.Lock()
	defer db.commits.Unlock()
	if db.gone != nil {
		return 0, db.gone
	}
	if err := s.noteTry(db, catalog, changes); err != nil {
		return 0, err
	}
	if err := layout.Backfill(ctx, s.store, changes, s.opts.Now()); err != nil {
		return 0, err
	}
	ts := s.store.Latest()
	record := db.record
	record.Schema = append(record.Schema[:len(record.Schema):len(record.Schema)], schemaRecord{
		From: ts, Statements: []string{sql}, FirstID: before.NextID(), Descriptors: descriptors,
	})
	for _, change := range changes {
		if change.Erase != 0 {
			record.Erased = append(record.Erased[:len(record.Erased):len(record.Erased)], erasedRecord{At: ts, ID: change.Erase})
		}
	}
	if err := s.saveJSON(databaseMeta+db.name, record); err != nil {
		return 0, err
	}
	db.record = record
	db.mu.Lock()
	defer db.mu.Unlock()
	db.versions = append(db.versions, schemaVersion{from: ts, layout: layout})
	return ts, nil
}

// noteTry notes that a change is about to write rows with numbers of its own.
// If it comes to nothing, perhaps because the process ends, they stay there,
// and nothing else may get these numbers.
func (s *Server) noteTry(db *database, after *schema.Catalog, changes []schema.Change) error {
	writes := slices.ContainsFunc(changes, func(c schema.Change) bool { return c.BuildIndex != nil || c.FillColumn != nil })
	if !writes {
		return nil
	}
	record := db.record
	record.Tried = after.NextID()
	if err := s.saveJSON(databaseMeta+db.name, record); err != nil {
		return err
	}
	db.record = record
	return nil
}
