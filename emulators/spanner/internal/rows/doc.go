// Package rows keeps tables and indexes in the store: it reads and writes rows
// by key and index, and upholds what the schema declares about them.
//
// A row's key in the store is the database, the table and the encoded primary
// key; its value holds the other columns that are not NULL, each tagged with
// the number of its column, so that columns can be added and dropped without
// rewriting. An index entry's key is the index and the encoded index columns,
// followed by the parts of the primary key that are missing; its value holds
// the stored columns.
//
// Constraints within one row are checked as it is written. Unique indexes and
// foreign keys are checked by CheckConstraints, at the end of a statement or
// of the mutations of a commit, when only the outcome counts.
package rows
