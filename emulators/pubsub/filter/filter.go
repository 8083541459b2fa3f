// Package filter parses and evaluates the filter language of Pub/Sub subscriptions:
//
//	attributes:key                      the message has the attribute
//	attributes.key = "v"                it has this value; != is the negation
//	hasPrefix(attributes.key, "v")      its value begins so
//	NOT a, -a, a AND b, a OR b, (a)     AND and OR are not mixed without parentheses
package filter

import "strings"

// MaxBytes is the longest filter that Pub/Sub accepts.
const MaxBytes = 256

// Filter decides on a message by its attributes.
type Filter interface {
	Matches(attributes map[string]string) bool
}

type everything struct{}

func (everything) Matches(map[string]string) bool { return true }

type has struct{ key string }

func (f has) Matches(attributes map[string]string) bool {
	_, found := attributes[f.key]
	return found
}

type equals struct{ key, value string }

func (f equals) Matches(attributes map[string]string) bool {
	value, found := attributes[f.key]
	return found && value == f.value
}

type hasPrefix struct{ key, prefix string }

func (f hasPrefix) Matches(attributes map[string]string) bool {
	value, found := attributes[f.key]
	return found && strings.HasPrefix(value, f.prefix)
}

type not struct{ operand Filter }

func (f not) Matches(attributes map[string]string) bool { return !f.operand.Matches(attributes) }

type and []Filter

func (f and) Matches(attributes map[string]string) bool {
	for _, operand := range f {
		if !operand.Matches(attributes) {
			return false
		}
	}
	return true
}

type or []Filter

func (f or) Matches(attributes map[string]string) bool {
	for _, operand := range f {
		if operand.Matches(attributes) {
			return true
		}
	}
	return false
}
