// Package statements holds every SQL statement of the services as a corpus that Google's
// analyzer has judged (scripts/spanner-oracle). Its tests see that none is missing, that the
// schema is that of the services, and that the emulated Spanner analyses each alike.
package statements
