// Package content owns the media of courses, who may have it, and how far learners are.
//
// A tutor opens an upload (CreateContent), the browser sends the bytes to Cloud Storage,
// whose notification has the upload checked (FinalizeUpload). The publish saga attaches
// what the course's owner has uploaded: an upload belongs to its uploader, so a stranger's
// never reaches learners. A learner has a course while an entitlement of theirs lasts;
// sagas grant, extend and revoke it, keyed by subscription. A revoked one stays as a
// tombstone, so that an extension that comes late does not open the course again.
//
// No function carries media: SignContents hands out signed URLs.
package content
