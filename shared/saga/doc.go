// Package saga is the engine of Kwipper's sagas, without I/O: what a saga is made of
// (Definition), where one stands (Saga), and how an event moves it (Advance).
//
// Advance is a pure function. It takes the definition, the saga, an event and the business
// time, and returns the saga as it is then and the commands to send. Whoever calls it
// stores the saga, sends the commands, and only then acknowledges the event; sagadb does.
// A crash anywhere in between leads to the event being delivered again, which Advance
// recognises: it changes nothing and returns the commands which that very event caused and
// which are still unanswered. Nothing else is sent again, so duplicates do not breed.
//
// A saga goes forward until a step is refused for good or, before its point of no return,
// its deadline passes. Then it turns back: every step whose command was sent, answered or
// not, is compensated, in the reverse of the order in which steps follow one another. A
// step that was refused has kept nothing and is left alone. Replies that come after the
// turn are recorded and change nothing.
//
// What cannot go on by itself is stuck: a compensation that was refused, a step that was
// refused where there is no way back, or hours without an answer. An operator's Resumed
// asks again.
package saga
