package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/scripts/internal/migrate"
)

const instance = "projects/p/instances/kwipper"

func TestAnInstanceFromNothingToTheNewest(t *testing.T) {
	ctx := context.Background()
	server, err := emulator.Start(ctx, emulator.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("SPANNER_EMULATOR_HOST", server.Addr())
	for name := range migrate.Databases() {
		require.NoError(t, server.CreateDatabase(ctx, instance+"/databases/"+name))
	}
	do := func(args ...string) string {
		var out bytes.Buffer
		require.NoError(t, run(ctx, append([]string{instance}, args...), &out, os.Stderr), out.String())
		return out.String()
	}
	assert.Contains(t, do("apply", "--dry-run", "--database", "user"), "CREATE TABLE Users (\n")
	assert.Contains(t, do("status", "--database", "user"), "user          0001_users                       expand    pending\n")
	assert.Contains(t, do("apply", "--wait=1s"), "user          is at 0003_saga_barriers\n")
	assert.Contains(t, do("plan"), "billing       nothing to do\n")
	assert.Contains(t, do("status"), "saga          0003_roles                       expand    applied  20")
	assert.Contains(t, do("apply"), "user          is at 0003_saga_barriers\n")
}

func TestCommandLinesThatAreNone(t *testing.T) {
	for says, args := range map[string][]string{
		"which environment, and what?":                      {"dev"},
		`"nowhere" is neither dev, staging, prod`:           {"nowhere", "status"},
		`"migrate" is not status, plan, apply or baseline`:  {instance, "migrate"},
		`there is no database "users", only billing, `:      {instance, "status", "--database", "users"},
		"baseline needs the number of a migration and --da": {instance, "baseline", "3"},
		`"three" is not the number of a migration`:          {instance, "baseline", "three", "--database", "user"},
		`apply takes no "3"`:                                {instance, "apply", "3"},
		"flag provided but not defined: -force":             {instance, "apply", "--force"},
	} {
		var messages bytes.Buffer
		err := run(context.Background(), args, &messages, &messages)
		require.ErrorContains(t, err, says)
		var usage usageError
		assert.ErrorAs(t, err, &usage, says)
	}
	var messages bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"--help"}, &messages, &messages))
	assert.Contains(t, messages.String(), "scripts/migrate TARGET baseline N")
}
