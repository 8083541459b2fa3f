// Package query analyses, plans and runs SQL.
//
// Prepare parses a statement (memefish), gives every expression a type, infers
// the types of parameters that were not declared, and plans: tables are read by
// ranges of their key or of an index that the conditions allow, joins look their
// inner side up by key where they can, an order that a key delivers is not sorted
// again, and LIMIT stops reading. The Statement that comes out does not change,
// so it can be kept for as long as the schema lives. Bind adds parameters; Query
// runs a query row by row, Execute runs DML.
//
// Each column of a range variable and each computed value of a statement has a
// slot of its own. Steps of a plan write slots, expressions read them; therefore a
// correlated subquery or the inner side of a join needs nothing but to be opened
// again.
//
// What is not supported is answered UNIMPLEMENTED with its name.
//
// # Plans
//
// Of each way to read a table (its key and its indexes) the cheapest by rough
// guesses is taken. Equal values of the first parts of a key and bounds of the next
// make ranges; disjunctions make the union of theirs, also those of pages,
// (x < @x OR (x = @x AND y > @y)) and x <= @x AND (x < @x OR y > @y). Ranges of IN
// that each have the wanted order are merged. Conditions on a subquery in FROM, a
// CTE or a set operation are checked inside of it if they are on columns that it
// passes on; a CTE is planned anew for each mention, so that each mention has its
// own ranges. Rows are pulled: what stops early (LIMIT, EXISTS) reads no further.
// Statement.Plan tells seek and residual conditions.
//
// # Memory
//
// What is held in memory is what sorting, grouping, hashing, DISTINCT and
// subqueries need; ORDER BY with LIMIT holds as many rows as LIMIT lets through. Nothing
// is spilled to disk: an emulator that is up in milliseconds holds small data, and a
// statement that needs more than Options.MaxHeldBytes is nearly always a mistake. It
// is refused, RESOURCE_EXHAUSTED, with the name of the operator. Values that functions
// make are bounded too (10 MiB a text, a million elements an array), and loops look at
// the context, so that a cancelled statement ends.
package query
