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

func (o Options) after(ctx context.Context, method string) error {
	if o.AfterCall == nil {
		return nil
	}
	return o.AfterCall(ctx, method)
}

func (o Options) beforeUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := o.before(ctx, info.FullMethod); err != nil {
		return nil, err
	}
	answer, err := handler(ctx, req)
	if err == nil {
		err = o.after(ctx, info.FullMethod)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (o Options) beforeStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := o.before(stream.Context(), info.FullMethod); err != nil {
		return err
	}
	if err := handler(srv, stream); err != nil {
		return err
	}
	return o.after(stream.Context(), info.FullMethod)
}
