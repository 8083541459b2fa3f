package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/shared/fault"
)

// The snapshots that a stack takes of itself, to be reset to.
const (
	EmptyData  = "empty"  // provisioned, nobody there
	SampleData = "sample" // with the sample users and courses
)

// Snapshot is the state of all stores and the clock under a name.
type Snapshot struct {
	Name         string        `json:"name"`
	CreateTime   time.Time     `json:"createTime"`
	BusinessTime time.Time     `json:"businessTime"`
	Offset       time.Duration `json:"offsetNanos"`
}

var snapshotName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

const manifestFile = "snapshot.json"

type store interface {
	Snapshot(w io.Writer) error
	Restore(r io.Reader) error
}

// stores are all stores but Spanner's, which saves itself into a directory.
func (s *Stack) stores() map[string]store {
	return map[string]store{
		"pubsub": s.PubSub, "tasks": s.Tasks, "scheduler": s.Scheduler, "storage": s.Storage, "identity": s.Identity, "stripe": s.Stripe,
	}
}

// openSnapshots finds where snapshots are kept; in memory that is until Close. What a crash
// left half saved is removed.
func (s *Stack) openSnapshots(context.Context) (err error) {
	s.snapshotDir = s.dir("snapshots")
	if s.snapshotDir == "" {
		s.snapshotDir, err = os.MkdirTemp("", "kwipper-snapshots-")
		s.close = append(s.close, func() error { return os.RemoveAll(s.snapshotDir) })
		return err
	}
	half, err := filepath.Glob(filepath.Join(s.snapshotDir, ".new-*"))
	if err != nil {
		return err
	}
	for _, dir := range half {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return os.MkdirAll(s.snapshotDir, 0o700)
}

func (s *Stack) saveEmpty(ctx context.Context) error { return s.saveOnce(ctx, EmptyData) }

func (s *Stack) saveSample(ctx context.Context) error {
	if !s.Options.Sample {
		return nil
	}
	return s.saveOnce(ctx, SampleData)
}

func (s *Stack) saveOnce(ctx context.Context, name string) error {
	if _, err := s.manifest(name); err == nil {
		return nil
	}
	_, err := s.save(ctx, name)
	return err
}

// SaveSnapshot saves all under a new name, once what is in flight has settled.
func (s *Stack) SaveSnapshot(ctx context.Context, name string) (Snapshot, error) {
	if !snapshotName.MatchString(name) {
		return Snapshot{}, fault.Invalid(fault.Field{Name: "name", Description: "must be lower case letters, digits and hyphens, at most 63"})
	}
	if _, err := s.manifest(name); err == nil {
		return Snapshot{}, fault.New(fault.AlreadyExists, "SNAPSHOT_ALREADY_EXISTS", "there is a snapshot %s", name)
	}
	return s.save(ctx, name)
}

// shuttingTime is how long a request that came in between may keep a snapshot waiting
// before it is let go on.
const shuttingTime = 500 * time.Millisecond

// save lets all settle, holds everybody off and saves. What began in between settles first.
func (s *Stack) save(ctx context.Context, name string) (Snapshot, error) {
	s.snapshots.Lock()
	defer s.snapshots.Unlock()
	for {
		if err := s.Time.Settle(ctx); err != nil {
			return Snapshot{}, fault.New(fault.Conflict, "NOT_SETTLED", "a snapshot is taken of what is settled: %w", err)
		}
		shutting, stop := context.WithTimeout(ctx, shuttingTime)
		err := s.gate.shut(shutting, false)
		stop()
		if err != nil {
			continue
		}
		if len(s.Time.InFlight()) == 0 {
			defer s.gate.open()
			return s.write(ctx, name)
		}
		s.gate.open()
	}
}

// write saves into a directory that gets its name once it is whole.
func (s *Stack) write(ctx context.Context, name string) (Snapshot, error) {
	dir, err := os.MkdirTemp(s.snapshotDir, ".new-")
	if err != nil {
		return Snapshot{}, fmt.Errorf("save snapshot: %w", err)
	}
	defer os.RemoveAll(dir)
	group, _ := errgroup.WithContext(ctx)
	for part, store := range s.stores() {
		group.Go(func() error {
			file, err := os.Create(filepath.Join(dir, part))
			if err != nil {
				return err
			}
			return errors.Join(store.Snapshot(file), file.Close())
		})
	}
	group.Go(func() error { return s.Spanner.Snapshot(filepath.Join(dir, "spanner")) })
	if err := group.Wait(); err != nil {
		return Snapshot{}, fmt.Errorf("save snapshot: %w", err)
	}
	saved := Snapshot{Name: name, CreateTime: time.Now().UTC(), BusinessTime: s.Clock.Now(), Offset: s.Clock.Offset()}
	text, err := json.Marshal(saved)
	if err != nil {
		return Snapshot{}, fmt.Errorf("save snapshot: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, manifestFile), text, 0o600); err != nil {
		return Snapshot{}, fmt.Errorf("save snapshot: %w", err)
	}
	if err := os.Rename(dir, filepath.Join(s.snapshotDir, name)); err != nil {
		return Snapshot{}, fmt.Errorf("save snapshot: %w", err)
	}
	return saved, nil
}

// Snapshots lists the snapshots, oldest first.
func (s *Stack) Snapshots() ([]Snapshot, error) {
	entries, err := os.ReadDir(s.snapshotDir)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	found := []Snapshot{}
	for _, e := range entries {
		if m, err := s.manifest(e.Name()); err == nil {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b Snapshot) int { return a.CreateTime.Compare(b.CreateTime) })
	return found, nil
}

func (s *Stack) manifest(name string) (Snapshot, error) {
	if !snapshotName.MatchString(name) {
		return Snapshot{}, fault.New(fault.NotFound, "SNAPSHOT_NOT_FOUND", "there is no snapshot %s", strings.ToValidUTF8(name, ""))
	}
	text, err := os.ReadFile(filepath.Join(s.snapshotDir, name, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return Snapshot{}, fault.New(fault.NotFound, "SNAPSHOT_NOT_FOUND", "there is no snapshot %s", name)
	}
	var m Snapshot
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot %s: %w", name, err)
	}
	return m, nil
}

// evictionTime is how long requests under way may take to notice that they are cancelled.
const evictionTime = 5 * time.Second

// RestoreSnapshot replaces everything, and moves the clock, to what was saved. Requests
// under way are cancelled, and what is in flight is gone with the state that it was about.
func (s *Stack) RestoreSnapshot(ctx context.Context, name string) (Snapshot, error) {
	s.snapshots.Lock()
	defer s.snapshots.Unlock()
	saved, err := s.manifest(name)
	if err != nil {
		return Snapshot{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute) // half restored is worse than unheard
	defer cancel()
	shutting, stop := context.WithTimeout(ctx, evictionTime)
	defer stop()
	if err := s.gate.shut(shutting, true); err != nil {
		return Snapshot{}, fault.New(fault.Conflict, "NOT_SETTLED", "restore snapshot %s: %w", name, err)
	}
	defer s.gate.open()
	if err := s.replace(ctx, saved); err != nil {
		return Snapshot{}, fmt.Errorf("restore snapshot %s: %w", name, err)
	}
	return saved, nil
}

// replace restores the clock before the scheduler, whose jobs fire if they are due.
func (s *Stack) replace(ctx context.Context, saved Snapshot) error {
	if err := s.Time.SetOffset(saved.Offset); err != nil {
		return err
	}
	dir := filepath.Join(s.snapshotDir, saved.Name)
	group, _ := errgroup.WithContext(ctx)
	for part, store := range s.stores() {
		group.Go(func() error {
			text, err := os.ReadFile(filepath.Join(dir, part))
			if err != nil {
				return err
			}
			if err := store.Restore(bytes.NewReader(text)); err != nil {
				return fmt.Errorf("%s: %w", part, err)
			}
			return nil
		})
	}
	group.Go(func() error { return s.Spanner.Restore(filepath.Join(dir, "spanner")) })
	return group.Wait()
}

// Reset goes back to EmptyData or SampleData and removes all faults. A stack that began
// empty is given its sample data the first time.
func (s *Stack) Reset(ctx context.Context, data string) (Snapshot, error) {
	if data != EmptyData && data != SampleData {
		return Snapshot{}, fault.Invalid(fault.Field{Name: "data", Description: `must be "empty" or "sample"`})
	}
	s.Faults.Clear()
	s.Stripe.ClearFaults()
	saved, err := s.RestoreSnapshot(ctx, data)
	if data != SampleData || !fault.Is(err, fault.NotFound) {
		return saved, err
	}
	if _, err := s.RestoreSnapshot(ctx, EmptyData); err != nil {
		return Snapshot{}, err
	}
	if err := s.createPeople(); err != nil {
		return Snapshot{}, err
	}
	if err := s.SeedSample(ctx); err != nil {
		return Snapshot{}, err
	}
	return s.save(ctx, SampleData)
}
