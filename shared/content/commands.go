package content

import (
	"context"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// CommandStore applies what sagas ask for, with the barrier of the command.
type CommandStore interface {
	// Grant starts or extends an entitlement, unless its subscription's was revoked.
	Grant(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error)
	// Revoke ends an entitlement for good.
	Revoke(ctx context.Context, cmd message.Command, e message.Enrollment) (message.Reply, error)
	// ChangeCourse applies change to all contents of a course that are not deleted.
	ChangeCourse(ctx context.Context, cmd message.Command, courseID string, change func([]Content) ([]Content, any, error)) (message.Reply, error)
}

// Participant serves the commands that sagas send to the content service.
type Participant struct {
	Store CommandStore
	Clock clock.Clock
}

// Handle serves one command. Its effect happens once however often it comes.
func (p *Participant) Handle(ctx context.Context, cmd message.Command) (message.Reply, error) {
	switch cmd.Name {
	case message.GrantContentAccessCommand, message.RevokeContentAccessCommand:
		var e message.Enrollment
		if err := cmd.Decode(&e); err != nil {
			return message.Reply{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
		}
		if cmd.Name == message.GrantContentAccessCommand {
			return p.Store.Grant(ctx, cmd, e)
		}
		return p.Store.Revoke(ctx, cmd, e)
	case message.AttachMediaCommand, message.DetachMediaCommand:
		var v message.AttachMedia
		if err := cmd.Decode(&v); err != nil {
			return message.Reply{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
		}
		return p.Store.ChangeCourse(ctx, cmd, v.CourseID, func(all []Content) ([]Content, any, error) {
			if cmd.Name == message.DetachMediaCommand {
				return p.detach(cmd, all), nil, nil
			}
			return p.attach(cmd, v, all)
		})
	default:
		return message.Reply{}, fault.New(fault.InvalidArgument, "UNKNOWN_COMMAND", "content does not serve %s", cmd.Name)
	}
}

// attach publishes what the course's tutor has uploaded for its items. Nothing may be
// unfinished, and every item needs a video.
func (p *Participant) attach(cmd message.Command, v message.AttachMedia, all []Content) (changed []Content, body any, err error) {
	video, wanted, count := map[string]bool{}, map[string]bool{}, 0
	for _, id := range v.ItemIDs {
		wanted[id] = true
	}
	for _, c := range all {
		if c.OwnerID != v.TutorID || !wanted[c.ItemID] || c.State == Failed {
			continue
		}
		if c.State != Ready {
			return nil, nil, fault.New(fault.FailedPrecondition, "CONTENT_NOT_READY", "content %s is %s", c.ID, c.State).With("content", c.Name())
		}
		video[c.ItemID] = video[c.ItemID] || c.Kind == Video
		count++
		if !c.Published {
			c.Published, c.AttachedBy, c.UpdateTime = true, cmd.Saga, p.Clock.Now()
			changed = append(changed, c)
		}
	}
	for _, id := range v.ItemIDs {
		if !video[id] {
			return nil, nil, fault.New(fault.FailedPrecondition, "CONTENT_MISSING", "item %s has no video", id).
				With("item", "courses/"+v.CourseID+"/items/"+id)
		}
	}
	return changed, message.MediaAttached{ContentCount: count}, nil
}

// detach takes back what this saga attached.
func (p *Participant) detach(cmd message.Command, all []Content) (changed []Content) {
	for _, c := range all {
		if c.AttachedBy == cmd.Saga {
			c.Published, c.AttachedBy, c.UpdateTime = false, "", p.Clock.Now()
			changed = append(changed, c)
		}
	}
	return changed
}
