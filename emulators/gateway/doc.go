// Package gateway emulates the API gateway: it reads the routes from an OpenAPI document,
// hands each request to the function of its operation, moves the caller's token to
// X-Forwarded-Authorization, and refuses what it knows no route for and bodies over 32 MB.
// As the real one it leaves OPTIONS, tokens and validation to the functions.
package gateway
