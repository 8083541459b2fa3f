package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// session is a client's session. Multiplexed ones hold no state and are not
// kept: their names tell what they are, with their role in hexadecimal at the
// end, which also lets a client go on after the server was started again.
type session struct {
	name     string
	labels   map[string]string
	role     string // database role, "" for none
	created  time.Time
	database *database
	last     []byte // the id of the last read-write transaction that was begun in it
}

// multiplexed is how the id of a multiplexed session begins. The time when it
// was made follows.
const multiplexed = "mx-"

var sessionName = regexp.MustCompile(`^(projects/[^/]+/instances/[^/]+/databases/[^/]+)/sessions/([a-z0-9-]+)$`)

func randomID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// CreateSession implements the service.
func (s *Server) CreateSession(_ context.Context, req *spannerpb.CreateSessionRequest) (*spannerpb.Session, error) {
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	return s.createSession(db, req.Session)
}

func (s *Server) createSession(db *database, template *spannerpb.Session) (*spannerpb.Session, error) {
	made := &session{labels: template.GetLabels(), created: s.opts.Now(), database: db}
	if role := template.GetCreatorRole(); role != "" {
		access, err := db.accessOf(role)
		if err != nil {
			return nil, err
		}
		made.role = access.Role
	}
	if template.GetMultiplexed() {
		made.name = fmt.Sprintf("%s/sessions/%s%x-%s", db.name, multiplexed, s.store.Latest(), randomID())
		if made.role != "" {
			made.name += "-" + hex.EncodeToString([]byte(made.role))
		}
		return made.proto(), nil
	}
	made.name = db.name + "/sessions/" + randomID()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[made.name] = made
	return made.proto(), nil
}

func (x *session) isMultiplexed() bool { return strings.Contains(x.name, "/sessions/"+multiplexed) }

func (x *session) proto() *spannerpb.Session {
	created := timestamppb.New(x.created)
	return &spannerpb.Session{
		Name: x.name, Labels: x.labels, CreateTime: created, ApproximateLastUseTime: created, Multiplexed: x.isMultiplexed(),
		CreatorRole: x.role,
	}
}

// BatchCreateSessions implements the service.
func (s *Server) BatchCreateSessions(_ context.Context, req *spannerpb.BatchCreateSessionsRequest) (*spannerpb.BatchCreateSessionsResponse, error) {
	if req.SessionCount < 1 {
		return nil, invalid("session_count must be at least 1, not %d.", req.SessionCount)
	}
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	resp := &spannerpb.BatchCreateSessionsResponse{}
	for range min(req.SessionCount, 100) {
		made, err := s.createSession(db, req.SessionTemplate)
		if err != nil {
			return nil, err
		}
		resp.Session = append(resp.Session, made)
	}
	return resp, nil
}

// session finds a session by name.
func (s *Server) session(name string) (*session, error) {
	m := sessionName.FindStringSubmatch(name)
	if m == nil {
		return nil, invalid("Invalid session name: %q.", name)
	}
	s.mu.Lock()
	found, ok := s.sessions[name]
	s.mu.Unlock()
	if ok {
		return found, nil
	}
	stamp, isMultiplexed := strings.CutPrefix(m[2], multiplexed)
	if !isMultiplexed {
		return nil, notFound("Session not found: %s", name)
	}
	db, err := s.database(m[1])
	if err != nil {
		return nil, err
	}
	parts := strings.Split(stamp, "-")
	made, err := strconv.ParseInt(parts[0], 16, 64)
	if err != nil || store.Timestamp(made) < db.created {
		return nil, notFound("Session not found: %s", name) // of an earlier database of this name
	}
	var role []byte
	if len(parts) > 2 {
		if role, err = hex.DecodeString(parts[2]); err != nil {
			return nil, notFound("Session not found: %s", name)
		}
	}
	return &session{name: name, database: db, created: s.opts.Now(), role: string(role)}, nil
}

// GetSession implements the service.
func (s *Server) GetSession(_ context.Context, req *spannerpb.GetSessionRequest) (*spannerpb.Session, error) {
	found, err := s.session(req.Name)
	if err != nil {
		return nil, err
	}
	return found.proto(), nil
}

// ListSessions implements the service.
func (s *Server) ListSessions(_ context.Context, req *spannerpb.ListSessionsRequest) (*spannerpb.ListSessionsResponse, error) {
	db, err := s.database(req.Database)
	if err != nil {
		return nil, err
	}
	if req.Filter != "" {
		return nil, unsupported("Filter of ListSessions")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &spannerpb.ListSessionsResponse{}
	for _, x := range s.sessions {
		if x.database == db && x.name > req.PageToken {
			resp.Sessions = append(resp.Sessions, x.proto())
		}
	}
	sort.Slice(resp.Sessions, func(i, j int) bool { return resp.Sessions[i].Name < resp.Sessions[j].Name })
	if n := int(req.PageSize); n > 0 && len(resp.Sessions) > n {
		resp.Sessions = resp.Sessions[:n]
		resp.NextPageToken = resp.Sessions[n-1].Name
	}
	return resp, nil
}

// DeleteSession implements the service. Deleting what is gone is no error.
func (s *Server) DeleteSession(_ context.Context, req *spannerpb.DeleteSessionRequest) (*emptypb.Empty, error) {
	if _, err := s.session(req.Name); err != nil && status.Code(err) != codes.NotFound {
		return nil, err
	}
	s.mu.Lock()
	delete(s.sessions, req.Name)
	s.mu.Unlock()
	s.transactions.rollbackOf(req.Name)
	return &emptypb.Empty{}, nil
}
