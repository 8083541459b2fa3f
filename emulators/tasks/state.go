package tasks

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/protobuf/proto"

	"github.com/kwipper/kwipper/emulators/journal"
)

// Keys of the store. The record of a task begins with a byte that says who named it; that
// of a used name is the Unix time in seconds until which it is kept.
const (
	queuePrefix = "queue/"
	taskPrefix  = "task/"
	namePrefix  = "name/"

	namedByCaller  = 'c'
	namedByService = 's'
)

func putTask(t *task) (journal.Change, error) {
	return putSpec(t.spec, t.named)
}

func putSpec(spec *pb.Task, named bool) (journal.Change, error) {
	kind := byte(namedByService)
	if named {
		kind = namedByCaller
	}
	record, err := proto.MarshalOptions{}.MarshalAppend([]byte{kind}, spec)
	if err != nil {
		return journal.Change{}, fmt.Errorf("encode task %s: %w", spec.Name, err)
	}
	return journal.Put(taskPrefix+spec.Name, record), nil
}

// load rebuilds queues, tasks and names from the store and starts the queues.
func (s *Server) load() error {
	if err := s.loadQueues(); err != nil {
		return err
	}
	if err := s.loadTasks(); err != nil {
		return err
	}
	if err := s.loadNames(); err != nil {
		return err
	}
	for _, q := range s.queues {
		s.run(q)
	}
	return nil
}

func (s *Server) loadQueues() error {
	return s.store.Scan(queuePrefix, func(key string, record []byte) error {
		config := &pb.Queue{}
		if err := proto.Unmarshal(record, config); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		s.queues[config.Name] = newQueue(config)
		return nil
	})
}

func (s *Server) loadTasks() error {
	return s.store.Scan(taskPrefix, func(key string, record []byte) error {
		spec := &pb.Task{}
		if len(record) == 0 {
			return fmt.Errorf("decode %s: empty", key)
		}
		if err := proto.Unmarshal(record[1:], spec); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		if q := s.queues[queueOf(spec.Name)]; q != nil {
			named := record[0] == namedByCaller
			if named {
				s.names.claim(spec.Name, time.Now())
			}
			q.add(&task{spec: spec, named: named})
		}
		return nil
	})
}

func (s *Server) loadNames() error {
	return s.store.Scan(namePrefix, func(key string, record []byte) error {
		seconds, err := strconv.ParseInt(string(record), 10, 64)
		if err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		s.names.keep(key[len(namePrefix):], time.Unix(seconds, 0))
		return nil
	})
}

// usedNames are the names of live tasks, and those of ended ones for a time.
type usedNames struct {
	mu        sync.Mutex
	retention time.Duration
	live      map[string]bool
	ended     map[string]time.Time // until when
	swept     time.Time
}

func newUsedNames(retention time.Duration) *usedNames {
	return &usedNames{
		retention: retention,
		live:      map[string]bool{},
		ended:     map[string]time.Time{},
		swept:     time.Now(),
	}
}

func (u *usedNames) keep(name string, until time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended[name] = until
}

// claim takes a name for a task that is being created, unless it was used recently.
func (u *usedNames) claim(name string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if until, used := u.ended[name]; u.live[name] || used && until.After(now) {
		return false
	}
	u.live[name] = true
	return true
}

// cancel gives a claimed name back.
func (u *usedNames) cancel(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.live, name)
}

// release ends the claim with the end of the task. The changes store the name and remove
// those whose time is over.
func (u *usedNames) release(name string, now time.Time) []journal.Change {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.live, name)
	until := now.Add(u.retention)
	u.ended[name] = until
	changes := []journal.Change{journal.Put(namePrefix+name, strconv.AppendInt(nil, until.Unix(), 10))}
	if now.Sub(u.swept) < u.retention/10 {
		return changes
	}
	u.swept = now
	for old, kept := range u.ended {
		if kept.Before(now) {
			delete(u.ended, old)
			changes = append(changes, journal.Remove(namePrefix+old))
		}
	}
	return changes
}
