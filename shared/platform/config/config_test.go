package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/platform/config"
)

func TestMissingVariablesAreNamed(t *testing.T) {
	t.Setenv("KWIPPER_PROJECT", "")
	_, err := config.Project()
	assert.ErrorContains(t, err, "KWIPPER_PROJECT")

	t.Setenv("IDENTITY_ISSUER", "localhost:9099")
	_, err = config.URL("IDENTITY_ISSUER")
	assert.ErrorContains(t, err, "IDENTITY_ISSUER")

	t.Setenv("TASK_QUEUES", " , ")
	_, err = config.List("TASK_QUEUES")
	assert.ErrorContains(t, err, "TASK_QUEUES")

	t.Setenv("KWIPPER_INSTANCE", "local")
	_, err = config.Database("user")
	assert.ErrorContains(t, err, "KWIPPER_INSTANCE")
}

func TestValues(t *testing.T) {
	t.Setenv("KWIPPER_INSTANCE", "projects/p/instances/i")
	database, err := config.Database("user")
	require.NoError(t, err)
	assert.Equal(t, "projects/p/instances/i/databases/user", database)

	t.Setenv("TASK_QUEUES", "a, b,c")
	queues, err := config.List("TASK_QUEUES")
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, queues)

	t.Setenv("IDENTITY_ISSUER", "https://issuer.example/p/")
	issuer, err := config.URL("IDENTITY_ISSUER")
	require.NoError(t, err)
	assert.Equal(t, "https://issuer.example/p", issuer)

	t.Setenv("SERVICE_ISSUER", "")
	assert.Equal(t, config.DefaultServiceIssuer, config.ServiceIssuer())
}

func TestFunctionURL(t *testing.T) {
	t.Setenv("FUNCTION_URL_TEMPLATE", "")
	t.Setenv("FUNCTION_URL_RENEW_BILLING", "")
	_, err := config.FunctionURL("RenewBilling")
	assert.ErrorContains(t, err, "FUNCTION_URL_RENEW_BILLING")

	t.Setenv("FUNCTION_URL_TEMPLATE", "http://127.0.0.1:4000/functions/{name}")
	address, err := config.FunctionURL("RenewBilling")
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:4000/functions/RenewBilling", address)

	t.Setenv("FUNCTION_URL_RENEW_BILLING", "https://renew.example")
	address, err = config.FunctionURL("RenewBilling")
	require.NoError(t, err)
	assert.Equal(t, "https://renew.example", address)

	t.Setenv("FUNCTION_URL_TEMPLATE", "http://127.0.0.1:4000")
	_, err = config.FunctionURL("Pay")
	assert.ErrorContains(t, err, "{name}")
}
