// Package storage emulates Cloud Storage for real clients, browsers among them.
//
// Objects, buckets and the JSON API's reads come from fakestorage. In front of it stands
// what that lacks and a front end relies on: V4 signed URLs whose signature, expiry, method
// and signed headers are checked; resumable uploads whose bytes are on disk before they are
// acknowledged and which go on after kill -9; length limits; byte ranges; CORS that honours
// the origin a session was opened for; and notifications of finished and deleted objects.
//
// Who may do what follows Google's own emulators: the JSON API (/storage/v1, /upload,
// /download) is for the clients of this machine and asks for no credentials on loopback. The
// XML API (/{bucket}/{object}) is what the world sees: it takes a signed URL or a bearer token.
//
// # How an upload ends
//
// Every upload is first spooled to a file. Its record then says "committing", the object is
// created, and one write to the journal marks the upload done and holds its notifications.
// A process killed in between finds the record and finishes the upload when it starts again,
// so an upload that was answered 200 has led, or will lead, to at least one notification.
//
// # Limits
//
// Object names become file names: two objects of which one is the directory of the other
// ("a" and "a/b") cannot both exist, and names that end with a slash are refused. There are no
// older generations, no ACLs that anybody checks, and no customer-supplied keys.
package storage
