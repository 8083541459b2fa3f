package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func sortValues(list []value.Value) { slices.SortFunc(list, value.Compare) }

// protoText writes a message on one line, as CAST to STRING does. Package
// prototext is of no use here: its white space varies from program to program.
func protoText(m protoreflect.Message) string {
	var out strings.Builder
	writeMessage(&out, m)
	return strings.TrimSuffix(out.String(), " ")
}

func writeMessage(out *strings.Builder, m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	order := make([]protoreflect.FieldDescriptor, 0, fields.Len())
	for i := range fields.Len() {
		if f := fields.Get(i); m.Has(f) {
			order = append(order, f)
		}
	}
	slices.SortFunc(order, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	for _, f := range order {
		switch {
		case f.IsMap():
			writeMap(out, m.Get(f).Map(), f)
		case f.IsList():
			list := m.Get(f).List()
			for i := range list.Len() {
				writeField(out, f, list.Get(i))
			}
		default:
			writeField(out, f, m.Get(f))
		}
	}
}

func writeMap(out *strings.Builder, entries protoreflect.Map, f protoreflect.FieldDescriptor) {
	var lines []string
	entries.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		var line strings.Builder
		fmt.Fprintf(&line, "%s { ", f.Name())
		writeField(&line, f.MapKey(), k.Value())
		writeField(&line, f.MapValue(), v)
		line.WriteString("} ")
		lines = append(lines, line.String())
		return true
	})
	slices.Sort(lines)
	out.WriteString(strings.Join(lines, ""))
}

func writeField(out *strings.Builder, f protoreflect.FieldDescriptor, v protoreflect.Value) {
	name := string(f.Name())
	if f.Kind() == protoreflect.GroupKind {
		name = string(f.Message().Name())
	}
	if f.Message() != nil {
		fmt.Fprintf(out, "%s { ", name)
		writeMessage(out, v.Message())
		out.WriteString("} ")
		return
	}
	fmt.Fprintf(out, "%s: %s ", name, scalarText(f, v))
}

func scalarText(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.EnumKind:
		if d := f.Enum().Values().ByNumber(v.Enum()); d != nil {
			return string(d.Name())
		}
		return strconv.Itoa(int(v.Enum()))
	case protoreflect.StringKind:
		return escapedText(v.String(), true)
	case protoreflect.BytesKind:
		return escapedText(string(v.Bytes()), false)
	case protoreflect.FloatKind:
		return value.FloatText(v.Float(), 32)
	case protoreflect.DoubleKind:
		return value.FloatText(v.Float(), 64)
	}
	return v.String()
}

// escapedText quotes as the text format does; of a string, what is not ASCII stays.
func escapedText(s string, keepUTF8 bool) string {
	out := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c == '"' || c == '\'' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20 || c == 0x7F || c >= 0x80 && !keepUTF8:
			out = append(out, fmt.Sprintf(`\%03o`, c)...)
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}
