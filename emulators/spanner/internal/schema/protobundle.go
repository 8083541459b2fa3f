package schema

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// protoBundle is the protocol buffer types that a schema may name. It is immutable.
type protoBundle struct {
	names []string // as declared
	files map[string]*descriptorpb.FileDescriptorProto
	types map[string]*value.Type // by name
}

// OfferDescriptors returns the catalog with the files of a FileDescriptorSet,
// from which the next statements can take protocol buffer types.
func (c *Catalog) OfferDescriptors(set []byte) (*Catalog, error) {
	out := *c
	out.offered = nil
	if len(set) == 0 {
		return &out, nil
	}
	parsed := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(set, parsed); err != nil {
		return nil, invalid("Could not parse contents of proto_descriptors: %v", err)
	}
	out.offered = map[string]*descriptorpb.FileDescriptorProto{}
	for _, file := range parsed.File {
		if _, dup := out.offered[file.GetName()]; dup {
			return nil, invalid("proto_descriptors hold the file %s twice.", file.GetName())
		}
		out.offered[file.GetName()] = file
	}
	return &out, nil
}

// ProtoType finds a protocol buffer type by its full name.
func (c *Catalog) ProtoType(name string) (*value.Type, bool) {
	if c.protos == nil {
		return nil, false
	}
	t, ok := c.protos.types[name]
	return t, ok
}

// ProtoDescriptors returns the FileDescriptorSet that declares the protocol
// buffer types, nil without such types.
func (c *Catalog) ProtoDescriptors() []byte {
	if c.protos == nil {
		return nil
	}
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range c.protos.files {
		set.File = append(set.File, file)
	}
	slices.SortFunc(set.File, func(a, b *descriptorpb.FileDescriptorProto) int { return strings.Compare(a.GetName(), b.GetName()) })
	out, _ := proto.Marshal(set) // what was unmarshalled can be marshalled
	return out
}

func (c *Catalog) protoBundleDDL() string {
	lines := make([]string, len(c.protos.names))
	for i, name := range c.protos.names {
		parts := strings.Split(name, ".")
		for j := range parts {
			parts[j] = quote(parts[j])
		}
		lines[i] = "  " + strings.Join(parts, ".") + ",\n"
	}
	return "CREATE PROTO BUNDLE (\n" + strings.Join(lines, "") + ")"
}

func (b *builder) changeProtoBundle(ddl ast.DDL) error {
	switch s := ddl.(type) {
	case *ast.CreateProtoBundle:
		if b.protos != nil {
			return failed("Cannot create proto bundle, as one exists already.")
		}
		return b.setProtoBundle(nil, namesOf(s.Types), nil, nil)
	case *ast.AlterProtoBundle:
		if b.protos == nil {
			return failed("Cannot alter proto bundle, as none exists.")
		}
		var insert, update, remove []string
		if s.Insert != nil {
			insert = namesOf(s.Insert.Types)
		}
		if s.Update != nil {
			update = namesOf(s.Update.Types)
		}
		if s.Delete != nil {
			remove = namesOf(s.Delete.Types)
		}
		return b.setProtoBundle(b.protos, insert, update, remove)
	}
	if b.protos == nil {
		return failed("Cannot drop proto bundle, as none exists.")
	}
	if user := b.userOfProtos(func(string) bool { return true }); user != "" {
		return failed("Cannot drop proto bundle, as column %s uses it.", user)
	}
	b.protos = nil
	return nil
}

func namesOf(types *ast.ProtoBundleTypes) (names []string) {
	for _, t := range types.Types {
		names = append(names, typeName(t))
	}
	return names
}

func typeName(t *ast.NamedType) string {
	parts := make([]string, len(t.Path))
	for i, id := range t.Path {
		parts[i] = id.Name
	}
	return strings.Join(parts, ".")
}

// setProtoBundle replaces the bundle by a changed one.
func (b *builder) setProtoBundle(old *protoBundle, insert, update, remove []string) error {
	next := &protoBundle{files: map[string]*descriptorpb.FileDescriptorProto{}}
	if old != nil {
		next.names = slices.Clone(old.names)
		for name, file := range old.files {
			next.files[name] = file
		}
	}
	if len(insert)+len(update) > 0 {
		for name, file := range b.offered {
			next.files[name] = file
		}
	}
	for _, name := range remove {
		i := slices.Index(next.names, name)
		if i < 0 {
			return notFound("Tried to remove `%s` which does not already exist in the proto bundle.", name)
		}
		if user := b.userOfProtos(func(used string) bool { return used == name }); user != "" {
			return failed("Cannot remove `%s` from the proto bundle, as column %s uses it.", name, user)
		}
		next.names = slices.Delete(next.names, i, i+1)
	}
	for _, name := range update {
		if !slices.Contains(next.names, name) {
			return notFound("Tried to update `%s` which does not already exist.", name)
		}
	}
	for _, name := range insert {
		if strings.HasPrefix(name, "spanner.") || strings.HasPrefix(name, "tech.spanner.") {
			return invalid("`%s` is in a package that is reserved.", name)
		}
		if slices.Contains(next.names, name) {
			return status.Errorf(codes.AlreadyExists, "Type already exists: `%s` the proto bundle", name)
		}
		next.names = append(next.names, name)
	}
	if err := next.resolve(); err != nil {
		return err
	}
	if err := b.retypeProtos(next); err != nil {
		return err
	}
	b.protos = next
	return nil
}

// resolve finds the types in the files, and forgets the files that none needs.
func (p *protoBundle) resolve() error {
	set := &descriptorpb.FileDescriptorSet{}
	for _, file := range p.files {
		set.File = append(set.File, file)
	}
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
	if err != nil {
		return invalid("Invalid proto_descriptors: %v", err)
	}
	p.types = map[string]*value.Type{}
	needed := map[string]bool{}
	for _, name := range p.names {
		d, err := files.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return notFound("Missing descriptor for `%s`", name)
		}
		switch d := d.(type) {
		case protoreflect.MessageDescriptor:
			p.types[name] = value.ProtoOf(d)
		case protoreflect.EnumDescriptor:
			p.types[name] = value.EnumOf(d)
		default:
			return invalid("`%s` is neither a message nor an enum.", name)
		}
		need(files, d.ParentFile(), needed)
	}
	for name := range p.files {
		if !needed[name] {
			delete(p.files, name)
		}
	}
	return nil
}

func need(files *protoregistry.Files, file protoreflect.FileDescriptor, needed map[string]bool) {
	if needed[file.Path()] {
		return
	}
	needed[file.Path()] = true
	for i := range file.Imports().Len() {
		if f, err := files.FindFileByPath(file.Imports().Get(i).Path()); err == nil {
			need(files, f, needed)
		}
	}
}

// userOfProtos names a column whose type is in the bundle and chosen.
func (b *builder) userOfProtos(chosen func(name string) bool) string {
	for _, t := range b.tables {
		for _, col := range t.Columns {
			if name := protoName(col.Type); name != "" && chosen(name) {
				return t.Name + "." + col.Name
			}
		}
	}
	return ""
}

func protoName(t *value.Type) string {
	if t.Code == value.CodeArray {
		t = t.Elem
	}
	return t.Name
}

// retypeProtos gives columns the types as a changed bundle has them.
func (b *builder) retypeProtos(next *protoBundle) error {
	for _, t := range b.tables {
		for _, col := range t.Columns {
			name := protoName(col.Type)
			if name == "" {
				continue
			}
			elem := col.Type
			if elem.Code == value.CodeArray {
				elem = elem.Elem
			}
			now := next.types[name]
			if now.Code != elem.Code {
				return failed("Cannot change `%s` from %s to %s, as column %s.%s uses it.", name, elem.Code, now.Code, t.Name, col.Name)
			}
			if col.Type.Code == value.CodeArray {
				now = value.ArrayOf(now)
			}
			col.Type = now
		}
	}
	return nil
}

// columnType is columnType with the names of protocol buffer types.
func (b *builder) columnType(t ast.SchemaType) (*value.Type, int64, error) {
	item, isArray := t, false
	if array, ok := t.(*ast.ArraySchemaType); ok && len(array.NamedArgs) == 0 {
		item, isArray = array.Item, true
	}
	named, ok := item.(*ast.NamedType)
	if !ok {
		return columnType(t)
	}
	if typ, ok := b.ProtoType(typeName(named)); ok {
		if isArray {
			typ = value.ArrayOf(typ)
		}
		return typ, 0, nil
	}
	if len(named.Path) == 1 {
		return columnType(t)
	}
	return nil, 0, invalid("Type not found: %s", typeName(named))
}
