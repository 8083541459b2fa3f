package stack

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/kwipper/kwipper/shared/topology"
)

func topicName(id string) string        { return "projects/" + Project + "/topics/" + id }
func subscriptionName(id string) string { return "projects/" + Project + "/subscriptions/" + id }
func locationName() string              { return "projects/" + Project + "/locations/" + Region }
func jobName(j topology.Job) string     { return locationName() + "/jobs/" + j.Function }

// functionURL is where an event function is called; it is also the audience of the token.
func (s *Stack) functionURL(name string) string {
	return httpURL(s.Options.Ports.Functions) + "/" + name
}

// provision makes what Terraform makes in the cloud: databases, topics, subscriptions,
// queues, jobs. What is there already stays.
func (s *Stack) provision(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for name, schema := range schemas {
		group.Go(func() error {
			return there(s.Spanner.CreateDatabase(ctx, Instance+"/databases/"+name, schema()...))
		})
	}
	group.Go(func() error { return s.provisionPubSub(ctx) })
	group.Go(func() error { return s.provisionTasks(ctx) })
	group.Go(func() error { return s.provisionJobs(ctx) })
	return group.Wait()
}

// there takes no offence at what exists.
func there(err error) error {
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

func dial(port int) (*grpc.ClientConn, error) {
	return grpc.NewClient(address(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
}

func (s *Stack) provisionPubSub(ctx context.Context) error {
	connection, err := dial(s.Options.Ports.PubSub)
	if err != nil {
		return err
	}
	defer connection.Close()
	publisher, subscriber := pubsubpb.NewPublisherClient(connection), pubsubpb.NewSubscriberClient(connection)
	for _, p := range topology.Pushes {
		for _, id := range []string{p.Topic, topology.DeadLetterTopic(p.Topic)} {
			if _, err := publisher.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName(id)}); there(err) != nil {
				return fmt.Errorf("topic %s: %w", id, err)
			}
		}
		if _, err := subscriber.CreateSubscription(ctx, s.subscription(p)); there(err) != nil {
			return fmt.Errorf("subscription of %s: %w", p.Function, err)
		}
	}
	return nil
}

func (s *Stack) subscription(p topology.Push) *pubsubpb.Subscription {
	url := s.functionURL(p.Function)
	return &pubsubpb.Subscription{
		Name: subscriptionName(p.Name()), Topic: topicName(p.Topic), Filter: p.Filter, AckDeadlineSeconds: 60,
		PushConfig: &pubsubpb.PushConfig{
			PushEndpoint: url,
			AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{
				OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: invoker, Audience: url},
			},
		},
		RetryPolicy:      &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(100 * time.Millisecond), MaximumBackoff: durationpb.New(10 * time.Second)},
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topicName(topology.DeadLetterTopic(p.Topic)), MaxDeliveryAttempts: 50},
	}
}

func (s *Stack) provisionTasks(ctx context.Context) error {
	connection, err := dial(s.Options.Ports.Tasks)
	if err != nil {
		return err
	}
	defer connection.Close()
	client := cloudtaskspb.NewCloudTasksClient(connection)
	for _, id := range append([]string{topology.PaymentQueue}, topology.RenewalQueues...) {
		_, err := client.CreateQueue(ctx, &cloudtaskspb.CreateQueueRequest{Parent: locationName(), Queue: &cloudtaskspb.Queue{
			Name:       locationName() + "/queues/" + id,
			RateLimits: &cloudtaskspb.RateLimits{MaxDispatchesPerSecond: 500, MaxConcurrentDispatches: 50},
			RetryConfig: &cloudtaskspb.RetryConfig{
				MaxAttempts: -1, MinBackoff: durationpb.New(100 * time.Millisecond), MaxBackoff: durationpb.New(10 * time.Second), MaxDoublings: 6,
			},
		}})
		if there(err) != nil {
			return fmt.Errorf("queue %s: %w", id, err)
		}
	}
	return nil
}

func (s *Stack) provisionJobs(ctx context.Context) error {
	connection, err := dial(s.Options.Ports.Scheduler)
	if err != nil {
		return err
	}
	defer connection.Close()
	client := schedulerpb.NewCloudSchedulerClient(connection)
	for _, j := range topology.Jobs {
		url := s.functionURL(j.Function)
		_, err := client.CreateJob(ctx, &schedulerpb.CreateJobRequest{Parent: locationName(), Job: &schedulerpb.Job{
			Name: jobName(j), Schedule: j.Cron, TimeZone: "Etc/UTC",
			Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
				Uri: url, HttpMethod: schedulerpb.HttpMethod_POST,
				AuthorizationHeader: &schedulerpb.HttpTarget_OidcToken{
					OidcToken: &schedulerpb.OidcToken{ServiceAccountEmail: invoker, Audience: url},
				},
			}},
			RetryConfig: &schedulerpb.RetryConfig{RetryCount: 3, MinBackoffDuration: durationpb.New(time.Second)},
		}})
		if there(err) != nil {
			return fmt.Errorf("job %s: %w", j.Function, err)
		}
	}
	return nil
}
