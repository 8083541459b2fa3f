package value

import "github.com/google/uuid"

// ParseUUID reads a UUID, of any case, with or without hyphens or braces.
func ParseUUID(text string) (Value, bool) {
	switch len(text) {
	case 32, 36, 38:
	default:
		return Value{}, false // the package would take a URN too
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return Value{}, false
	}
	return UUID(id), true
}

// UUID returns a UUID, which is kept as its canonical text: it sorts alike.
func UUID(id uuid.UUID) Value { return Value{code: CodeUUID, s: id.String()} }
