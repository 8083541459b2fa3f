// Command scheduler-emulator serves the Cloud Scheduler emulator until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	vkit "cloud.google.com/go/pubsub/v2/apiv1"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/scheduler"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9599", "host:port to listen on")
	data := flag.String("data", "", "directory of the state; empty keeps it in memory")
	pubsubAddr := flag.String("pubsub", os.Getenv("PUBSUB_EMULATOR_HOST"),
		"host:port of a Pub/Sub emulator, for jobs with a Pub/Sub target")
	token := flag.String("token", "", "bearer token sent wherever a token of a service account is asked for")
	flag.Parse()
	if err := run(*addr, *data, *pubsubAddr, *token); err != nil {
		slog.Error("scheduler-emulator", "error", err)
		os.Exit(1)
	}
}

func run(addr, data, pubsubAddr, token string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options := scheduler.Options{Addr: addr, DataDir: data}
	if token != "" {
		options.Tokens = outbound.FixedToken(token)
	}
	if pubsubAddr != "" {
		client, err := vkit.NewTopicAdminClient(ctx,
			option.WithEndpoint(pubsubAddr),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
		if err != nil {
			return fmt.Errorf("connect to Pub/Sub at %s: %w", pubsubAddr, err)
		}
		defer client.Close()
		options.Publisher = topics{client}
	}
	server, err := scheduler.Start(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("CLOUD_SCHEDULER_EMULATOR_HOST=%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}

// topics publishes through the client library.
type topics struct{ client *vkit.TopicAdminClient }

// Publish publishes one message.
func (t topics) Publish(ctx context.Context, topic string, data []byte, attributes map[string]string) (string, error) {
	response, err := t.client.Publish(ctx, &pb.PublishRequest{
		Topic:    topic,
		Messages: []*pb.PubsubMessage{{Data: data, Attributes: attributes}},
	})
	if err != nil {
		return "", err
	}
	return response.MessageIds[0], nil
}
