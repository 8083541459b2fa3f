package spanner

import (
	"context"

	"google.golang.org/grpc"
)

func (o Options) before(ctx context.Context, method string) error {
	if o.BeforeCall == nil {
		return nil
	}
	return o.BeforeCall(ctx, method)
}

func (o Options) beforeUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := o.before(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (o Options) beforeStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := o.before(stream.Context(), info.FullMethod); err != nil {
		return err
	}
	return handler(srv, stream)
}
