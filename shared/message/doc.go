// Package message holds what services say to one another: the versioned envelope of
// commands and replies that a saga is driven by, and the typed bodies of each command.
// No service imports another; they meet only here.
//
// A command travels on the topic of the service that serves it (CommandTopic), a reply
// on RepliesTopic. Both are JSON; their attributes (Attributes) repeat what subscriptions
// filter by. Unknown fields are ignored, so that a newer sender may add some; a change
// that an older receiver would misread raises Version.
//
// Bodies carry ids and what the step needs: no card data, and names only where the
// receiving service keeps them (Enrollment.DisplayName).
package message
