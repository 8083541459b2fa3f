package enrollment

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// PublishInput is what a publish saga is started with.
type PublishInput struct {
	CourseID string `json:"courseId"`
	TutorID  string `json:"tutorId"`
}

// publishV1 takes what is complete in Course, has Content check and attach the media, and
// then publishes. Publishing itself comes last and is not undone.
func publishV1() saga.Definition {
	return saga.Definition{Name: Publish, Version: 1, Patience: 10 * time.Minute, Steps: []saga.Step{
		{Name: message.BeginPublishCommand, Service: message.Course, Command: message.BeginPublishCommand,
			Compensation: message.AbandonPublishCommand, Body: body(publication)},
		{Name: message.AttachMediaCommand, Service: message.Content, Command: message.AttachMediaCommand,
			Compensation: message.DetachMediaCommand, After: []string{message.BeginPublishCommand}, Body: body(attachMedia)},
		{Name: message.CompletePublishCommand, Service: message.Course, Command: message.CompletePublishCommand,
			After: []string{message.AttachMediaCommand}, ForwardOnly: true, Body: body(publication)},
	}}
}

func publication(in PublishInput, _ saga.Data) (any, error) {
	return message.Publication{CourseID: in.CourseID, TutorID: in.TutorID}, nil
}

func attachMedia(in PublishInput, d saga.Data) (any, error) {
	var outline message.CourseOutline
	if err := d.Result(message.BeginPublishCommand, &outline); err != nil {
		return nil, err
	}
	return message.AttachMedia{CourseID: in.CourseID, TutorID: in.TutorID, ItemIDs: outline.ItemIDs}, nil
}
