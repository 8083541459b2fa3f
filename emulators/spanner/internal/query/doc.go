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
// again. What is held in memory is what sorting, grouping and hashing need.
//
// What is not supported is answered UNIMPLEMENTED with its name.
package query
