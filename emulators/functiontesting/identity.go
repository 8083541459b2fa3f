package functiontesting

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/identity"
)

var identities struct {
	once   sync.Once
	server *identity.Server
	err    error
}

// Identity returns the identity service that functions write claims to, one in the process.
func Identity(t testing.TB) *identity.Server {
	t.Helper()
	identities.once.Do(func() {
		identities.server, identities.err = identity.Start(context.Background(), identity.Options{Addr: "127.0.0.1:0"})
		if identities.err != nil {
			return
		}
		// Functions keep their client beyond one test.
		identities.err = errors.Join(
			os.Setenv("KWIPPER_PROJECT", identities.server.Project()),
			os.Setenv("IDENTITY_ADMIN_ENDPOINT", identities.server.URL()+"/identitytoolkit.googleapis.com"))
	})
	require.NoError(t, identities.err)
	return identities.server
}
