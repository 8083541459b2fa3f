// Package value holds Spanner's types and values: their order and equality,
// their form on the wire (structpb), their form in keys (order preserving) and
// their form in stored rows (compact).
//
// A Value knows its Code but not its whole Type; whoever holds a value of a
// column, parameter or expression knows the Type.
package value
