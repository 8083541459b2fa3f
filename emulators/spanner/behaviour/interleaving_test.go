package behaviour_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestInterleaving follows interleaving.cc on INTERLEAVE IN PARENT.
func TestInterleaving(t *testing.T) {
	ddl := append([]string{
		`CREATE TABLE Messages (UserID INT64 NOT NULL, ThreadID INT64 NOT NULL, ID INT64 NOT NULL) PRIMARY KEY (UserID, ThreadID, ID), INTERLEAVE IN PARENT Threads ON DELETE CASCADE`,
		`CREATE TABLE Naps (UserID INT64 NOT NULL, ThreadID INT64 NOT NULL, ID INT64 NOT NULL) PRIMARY KEY (UserID, ThreadID, ID), INTERLEAVE IN PARENT Threads ON DELETE NO ACTION`,
	}, threadsDDL[2:]...)
	ddl = append(threadsDDL[:2:2], ddl...)
	seed := apply(
		insert("Users", "UserID", row(1), row(2), row(3)), insert("Threads", "UserID ThreadID Starred", row(1, 1, true), row(1, 2, true), row(2, 1, true), row(2, 2, true), row(3, 1, true)),
		insert("Messages", "UserID ThreadID ID", row(1, 1, 1), row(1, 1, 2), row(1, 2, 1), row(2, 1, 1), row(2, 2, 1), row(3, 1, 1)))
	naps := apply(insert("Naps", "UserID ThreadID ID", row(1, 1, 1)))
	users, threads, messages := read("Users", "UserID", allKeys()), read("Threads", "UserID ThreadID", allKeys()), read("Messages", "UserID ThreadID ID", allKeys())
	user, thread, nap := keys(row(1)), keys(row(1, 1)), keys(row(1, 1, 1))
	show(t, ddl,
		behaviour{"a child needs its parent", []step{
			apply(insert("Threads", "UserID ThreadID", row(1, 1))).fails(codes.NotFound), apply(upsert("Threads", "UserID ThreadID", row(1, 1))).fails(codes.NotFound), apply(replace("Threads", "UserID ThreadID", row(1, 1))).fails(codes.NotFound),
			change("INSERT INTO Threads (UserID, ThreadID) VALUES (1, 1)").fails(codes.NotFound), threads.gives()}},
		behaviour{"before it", []step{
			apply(insert("Users", "UserID", row(1))), apply(insert("Threads", "UserID ThreadID", row(1, 1))), apply(insert("Users", "UserID", row(2)), insert("Threads", "UserID ThreadID", row(2, 1))), threads.gives("1 1", "2 1"),
			apply(insert("Threads", "UserID ThreadID", row(3, 1)), insert("Users", "UserID", row(3))).fails(codes.NotFound), users.gives("1", "2")}},
		behaviour{"deletions cascade", []step{
			seed, apply(remove("Messages", keys(row(2, 2, 1)))), threads.gives("1 1", "1 2", "2 1", "2 2", "3 1"), apply(remove("Threads", keys(row(2, 1)))), threads.gives("1 1", "1 2", "2 2", "3 1"),
			messages.gives("1 1 1", "1 1 2", "1 2 1", "3 1 1"), users.gives("1", "2", "3")}},
		behaviour{"and do so once", []step{
			seed, apply(remove("Users", user)), threads.gives("2 1", "2 2", "3 1"), messages.gives("2 1 1", "2 2 1", "3 1 1"), apply(remove("Users", user)), apply(remove("Threads", thread)), apply(remove("Messages", nap))}},
		behaviour{"of ranges", []step{seed, apply(remove("Threads", between("(]", row(1), row(2)))), threads.gives("1 1", "1 2", "3 1"), messages.gives("1 1 1", "1 1 2", "1 2 1", "3 1 1")}},
		behaviour{"not over children that stay", []step{
			seed, naps, apply(remove("Threads", thread)).fails(codes.FailedPrecondition), apply(remove("Threads", keys(row(1, 2)))), apply(remove("Naps", nap)), apply(remove("Threads", thread)), threads.gives("2 1", "2 2", "3 1")}},
		behaviour{"nor over grandchildren", []step{
			seed, naps, apply(remove("Users", user)).fails(codes.FailedPrecondition), apply(remove("Users", keys(row(2)))), apply(remove("Naps", nap)), apply(remove("Users", user)), users.gives("3")}},
		behaviour{"in the order of the commit", []step{
			seed, naps, apply(remove("Threads", thread), remove("Naps", nap)).fails(codes.FailedPrecondition), apply(remove("Naps", nap), remove("Threads", thread)), threads.gives("1 2", "2 1", "2 2", "3 1")}},
		behaviour{"nor over those of the same commit", []step{
			apply(insert("Users", "UserID", row(1)), insert("Threads", "UserID ThreadID", row(1, 1)), insert("Naps", "UserID ThreadID ID", row(1, 1, 1)), remove("Threads", thread)).fails(codes.FailedPrecondition),
			apply(insert("Users", "UserID", row(1)), insert("Threads", "UserID ThreadID", row(1, 1)), insert("Naps", "UserID ThreadID ID", row(1, 1, 1)), remove("Naps", nap), remove("Threads", thread)), users.gives("1"), threads.gives()}},
		behaviour{"a replacement deletes", []step{
			seed, naps, apply(replace("Threads", "UserID ThreadID Starred", row(1, 1, false))).fails(codes.FailedPrecondition), apply(replace("Threads", "UserID ThreadID Starred", row(1, 1, true))).fails(codes.FailedPrecondition),
			apply(remove("Naps", nap), replace("Threads", "UserID ThreadID Starred", row(1, 1, false))), read("Threads", "Starred", thread).gives("false"), messages.gives("1 2 1", "2 1 1", "2 2 1", "3 1 1")}},
	)
}

// TestInterleavingWithoutParent follows interleaving.cc on INTERLEAVE IN, by
// which rows lie together but do not depend on each other.
func TestInterleavingWithoutParent(t *testing.T) {
	ddl := []string{
		`CREATE TABLE Users (UserID INT64, Name STRING(MAX)) PRIMARY KEY (UserID)`,
		`CREATE TABLE Threads (UserID INT64, ThreadID INT64) PRIMARY KEY (UserID, ThreadID), INTERLEAVE IN Users`,
		`CREATE TABLE Naps (UserID INT64, ThreadID INT64, ID INT64) PRIMARY KEY (UserID, ThreadID, ID), INTERLEAVE IN PARENT Threads ON DELETE NO ACTION`,
	}
	seed := apply(insert("Users", "UserID", row(1), row(2)), insert("Threads", "UserID ThreadID", row(1, 11), row(2, 21), row(3, 31)))
	threads := read("Threads", "UserID ThreadID", allKeys())
	show(t, ddl,
		behaviour{"a child without a parent", []step{
			seed, threads.gives("1 11", "2 21", "3 31"), apply(insert("Naps", "UserID ThreadID ID", row(3, 31, 1))), apply(insert("Naps", "UserID ThreadID ID", row(3, 32, 1))).fails(codes.NotFound)}},
		behaviour{"in any order", []step{apply(insert("Threads", "UserID ThreadID", row(3, 31)), insert("Users", "UserID", row(3))), threads.gives("3 31")}},
		behaviour{"deletions do not cascade", []step{seed, apply(remove("Users", allKeys())), threads.gives("1 11", "2 21", "3 31")}},
		behaviour{"nor do replacements", []step{seed, apply(replace("Users", "UserID Name", row(1, "a"))), threads.gives("1 11", "2 21", "3 31")}},
		behaviour{"children of theirs hold them", []step{
			seed, apply(insert("Naps", "UserID ThreadID ID", row(1, 11, 1))), apply(remove("Threads", keys(row(1, 11)))).fails(codes.FailedPrecondition), apply(remove("Users", keys(row(1)))), apply(remove("Naps", allKeys())), apply(remove("Threads", allKeys())), threads.gives()}},
	)
}
