// Package operation knows the operations of the HTTP API at run time: where they are, who
// may call them, and whether a request has the right form. Each is a small file generated
// from openapi.yaml with all references resolved, so that a function that starts parses
// its own operation and nothing else. Only the constraints that the document uses are
// checked; the generator refuses others.
package operation
