// Package health answers for a function whether it lives and whether it can serve.
//
// GET /health/live answers 200 as long as the process answers at all. GET /health/ready
// answers 200 when the function is wired and what it depends on answers, else 503; it
// names what was checked, while the reasons are in the log alone. Readiness is checked at
// most every few seconds, by one request at a time and for a short time, so that asking
// often costs nothing. Neither is logged as a request nor traced.
//
// Clients take part by adding a probe to the context that they are opened with.
package health
