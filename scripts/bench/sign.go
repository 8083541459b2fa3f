package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/kwipper/kwipper/shared/api"
)

// sign measures SignContents of an item with a video and a PDF, in turns with a bare loop of
// the signatures that it makes.
func (b *bench) sign(ctx context.Context) error {
	course, item, err := publishCourse(ctx, b.tutor)
	if err != nil {
		return err
	}
	learners, err := b.enroll(ctx, 1)
	if err != nil {
		return err
	}
	if _, err := learners[0].subscribe(ctx, course); err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("what a signed URL signs"))
	workers := 2 * runtime.NumCPU()
	var requests, loops []time.Duration
	var requesting, looping time.Duration
	signatures := 0
	for range 4 {
		one, lasted, err := load(ctx, workers, 1<<40, b.length/4, func(ctx context.Context, i int) error {
			var answer api.SignedContents
			err := learners[0].Call(ctx, http.MethodGet, "/"+item.Name+"/contents:sign", nil, &answer)
			if err == nil && i == 0 {
				signatures = 2 * len(answer.Contents) // to play and to download
			}
			return err
		})
		if err != nil {
			return err
		}
		requests, requesting = append(requests, one...), requesting+lasted
		one, lasted, err = load(ctx, runtime.NumCPU(), 1<<40, b.length/4, func(context.Context, int) error {
			_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
			return err
		})
		if err != nil {
			return err
		}
		loops, looping = append(loops, one...), looping+lasted
	}
	signed, bare := rate(requests, requesting), rate(loops, looping)
	table("SignContents", []string{"requests/s", "p50", "p99", "signatures each", "signatures/s", "bare RSA-2048 signatures/s", "ratio"}, [][]string{{
		number(signed), milliseconds(quantile(requests, 0.5)), milliseconds(quantile(requests, 0.99)), fmt.Sprint(signatures),
		number(signed * float64(signatures)), number(bare), fmt.Sprintf("%.2f", signed*float64(signatures)/bare),
	}})
	return nil
}
