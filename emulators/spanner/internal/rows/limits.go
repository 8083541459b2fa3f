package rows

import (
	"unicode/utf8"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// The service's limits on sizes.
const (
	maxStringLength = 2_621_440 // characters of a STRING(MAX)
	maxValueBytes   = 10 << 20  // of a value of any type
	maxKeyBytes     = 8 << 10   // of the key of a row or of an index entry
)

// checkLength checks a value against what its column declares, or against what
// MAX stands for.
func checkLength(t *schema.Table, col *schema.Column, v value.Value) error {
	size, limit := int64(len(v.AsString())), col.Length
	switch {
	case v.Code() == value.CodeString:
		if limit == 0 {
			limit = maxStringLength
		}
		if size > limit { // the characters may be fewer than the bytes
			size = int64(utf8.RuneCountInString(v.AsString()))
		}
	case limit == 0:
		limit = maxValueBytes
	}
	if size > limit {
		return tooLong(t, col, size, limit)
	}
	return nil
}

func tooLong(t *schema.Table, col *schema.Column, size, limit int64) error {
	return failed("New value exceeds the maximum size limit for this column: %s.%s, size: %d, limit: %d.", t.Name, col.Name, size, limit)
}

// checkSize checks an array as a whole, and each of its elements.
func checkSize(t *schema.Table, col *schema.Column, v value.Value) error {
	if v.Code() != value.CodeArray {
		return checkLength(t, col, v)
	}
	var total int64
	for _, elem := range v.Elems() {
		if err := checkLength(t, col, elem); err != nil {
			return err
		}
		total += int64(width(elem))
	}
	if total > maxValueBytes {
		return tooLong(t, col, total, maxValueBytes)
	}
	return nil
}

// width is roughly what the service counts for a scalar value.
func width(v value.Value) int {
	switch v.Code() {
	case value.CodeNull, value.CodeBool:
		return 1
	case value.CodeString, value.CodeBytes, value.CodeJSON, value.CodeProto:
		return len(v.AsString())
	case value.CodeUUID:
		return 16
	}
	return 8
}

// checkKeySize checks the parts of an encoded key that may be too long; the
// encoding itself is longer than what counts.
func checkKeySize(name string, key []byte, parts []schema.KeyPart, row []value.Value) error {
	if len(key) <= maxKeyBytes {
		return nil
	}
	size := 0
	for _, part := range parts {
		size += width(row[part.Column])
	}
	if size > maxKeyBytes {
		return invalid("The key of %s is too long: %d bytes, the limit is %d.", name, size, maxKeyBytes)
	}
	return nil
}
