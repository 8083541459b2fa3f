// Package resolve turns the OpenAPI document into the files that package operation embeds.
package resolve

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kwipper/kwipper/shared/api/operation"
)

const defaultBodyLimitBytes = 64 << 10

// Files returns the generated files by name.
func Files(document []byte) (map[string][]byte, error) {
	doc, err := Load(document)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			resolved, err := resolveOperation(method, path, item, op)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			encoded, err := json.Marshal(resolved)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			files[op.OperationID+".json"] = append(encoded, '\n')
		}
	}
	return files, nil
}

// Sum returns the digests of the sources and of the generated types in directory, which
// is shared/api. It changes when one of them does.
func Sum(directory fs.FS) (string, error) {
	var lines string
	for _, name := range []string{"document/openapi.yaml", "codegen.yaml", "types.gen.go"} {
		content, err := fs.ReadFile(directory, name)
		if err != nil {
			return "", err
		}
		lines += fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name)
	}
	return lines, nil
}

// Load parses the document and validates it, examples included.
func Load(document []byte) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("load the document: %w", err)
	}
	if err := doc.Validate(loader.Context, openapi3.EnableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("validate the document: %w", err)
	}
	return doc, nil
}

func resolveOperation(method, path string, item *openapi3.PathItem, op *openapi3.Operation) (*operation.Operation, error) {
	resolved := &operation.Operation{ID: op.OperationID, Method: method, Path: path, BodyLimitBytes: defaultBodyLimitBytes}
	if len(op.Tags) != 1 {
		return nil, fmt.Errorf("one tag, the service, is wanted")
	}
	resolved.Service = op.Tags[0]
	if err := extensions(op, resolved); err != nil {
		return nil, err
	}
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		p := ref.Value
		schema, err := resolveSchema(p.Schema)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		resolved.Parameters = append(resolved.Parameters, operation.Parameter{Name: p.Name, In: p.In, Required: p.Required, Schema: schema})
		if p.In == openapi3.ParameterInHeader && p.Name == operation.IdempotencyKeyHeader {
			resolved.IdempotencyKey = p.Required
		}
	}
	if op.RequestBody == nil {
		return resolved, nil
	}
	for mediaType, media := range op.RequestBody.Value.Content {
		schema, err := resolveSchema(media.Schema)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		resolved.Body = &operation.Body{Required: op.RequestBody.Value.Required, MediaType: mediaType, Schema: schema}
	}
	return resolved, nil
}

func extensions(op *openapi3.Operation, resolved *operation.Operation) error {
	words, _ := op.Extensions["x-kwipper-access"].([]any)
	if len(words) == 0 {
		return fmt.Errorf("x-kwipper-access is missing")
	}
	for _, word := range words {
		access, ok := word.(string)
		if !ok || !slices.Contains(operation.AccessWords, access) {
			return fmt.Errorf("x-kwipper-access: %v is none of %v", word, operation.AccessWords)
		}
		resolved.Access = append(resolved.Access, access)
	}
	if limit, ok := op.Extensions["x-kwipper-body-limit-bytes"].(float64); ok {
		resolved.BodyLimitBytes = int64(limit)
	}
	return nil
}

// resolveSchema copies what package operation checks and refuses what it would overlook.
func resolveSchema(ref *openapi3.SchemaRef) (*operation.Schema, error) {
	if ref == nil {
		return nil, fmt.Errorf("a schema is missing")
	}
	s := ref.Value
	if len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil || s.MultipleOf != nil || s.UniqueItems || s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet() || s.Nullable {
		return nil, fmt.Errorf("oneOf, anyOf, allOf, not, multipleOf, uniqueItems, exclusive bounds and nullable are not checked by package operation")
	}
	resolved := &operation.Schema{
		Pattern: s.Pattern, Required: s.Required, Minimum: s.Min, Maximum: s.Max,
		MinLength: s.MinLength, MaxLength: s.MaxLength, MinItems: s.MinItems, MaxItems: s.MaxItems,
		MinProperties: s.MinProps, MaxProperties: s.MaxProps,
	}
	if types := s.Type.Slice(); len(types) > 0 {
		resolved.Type = types[0]
	}
	for _, value := range s.Enum {
		word, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("enum value %v is no string", value)
		}
		resolved.Enum = append(resolved.Enum, word)
	}
	return resolved, resolveChildren(s, resolved)
}

func resolveChildren(s *openapi3.Schema, resolved *operation.Schema) (err error) {
	if s.Items != nil {
		if resolved.Items, err = resolveSchema(s.Items); err != nil {
			return fmt.Errorf("items: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if resolved.Properties == nil {
			resolved.Properties = map[string]*operation.Schema{}
		}
		if resolved.Properties[name], err = resolveSchema(s.Properties[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	switch {
	case s.AdditionalProperties.Schema != nil:
		resolved.Values, err = resolveSchema(s.AdditionalProperties.Schema)
	case resolved.Type == "object" && (s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has):
		err = fmt.Errorf("an object of a request needs additionalProperties: false or a schema")
	}
	return err
}
