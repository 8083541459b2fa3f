package cloud

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// guarded are the kinds of resources that hold what cannot be made again.
var guarded = []string{"google_spanner_instance", "google_spanner_database", "google_kms_key_ring", "google_kms_crypto_key"}

// guardedNames are resources of other kinds that hold it.
var guardedNames = []string{"google_storage_bucket.media"}

// Configuration reads the files under dir, which is terraform/, without Terraform: their
// syntax, the guards against destruction, that environments hold values alone, and that
// nothing but Google's provider is used.
func Configuration(dir string) ([]string, error) {
	parser, wrong, seen := hclparse.NewParser(), []string(nil), map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.Name() == ".terraform" {
				return fs.SkipDir
			}
			return err
		}
		name, _ := filepath.Rel(dir, path)
		name = filepath.ToSlash(name)
		switch {
		case !slices.Contains([]string{".tf", ".tfvars", ".hcl"}, filepath.Ext(name)):
			return nil
		case strings.HasPrefix(name, "environments/") && filepath.Ext(name) == ".tf":
			wrong = append(wrong, name+": environments differ in values only")
		}
		file, diagnostics := parser.ParseHCLFile(path)
		if diagnostics.HasErrors() {
			wrong = append(wrong, diagnostics.Error())
			return nil
		}
		if filepath.Ext(name) == ".tf" {
			wrong = append(wrong, readBlocks(name, file, seen)...)
		}
		return nil
	})
	for _, kind := range append(guarded, guardedNames...) {
		if !seen[kind] {
			wrong = append(wrong, "no resource "+kind+" is guarded")
		}
	}
	return wrong, err
}

func readBlocks(name string, file *hcl.File, seen map[string]bool) []string {
	var wrong []string
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return []string{name + ": not in Terraform's own language"}
	}
	for _, block := range body.Blocks {
		if block.Type == "provider" && block.Labels[0] != "google" {
			wrong = append(wrong, fmt.Sprintf("%s: provider %s", name, block.Labels[0]))
		}
		if block.Type != "resource" {
			continue
		}
		kind, full := block.Labels[0], strings.Join(block.Labels, ".")
		if !strings.HasPrefix(kind, "google_") {
			wrong = append(wrong, fmt.Sprintf("%s: %s is not of Google's provider", name, full))
		}
		if !slices.Contains(guarded, kind) && !slices.Contains(guardedNames, full) {
			continue
		}
		seen[kind], seen[full] = true, true
		if !isGuarded(block.Body) {
			wrong = append(wrong, fmt.Sprintf("%s: %s has no lifecycle { prevent_destroy = true }", name, full))
		}
	}
	return wrong
}

func isGuarded(body *hclsyntax.Body) bool {
	for _, block := range body.Blocks {
		if attribute := block.Body.Attributes["prevent_destroy"]; block.Type == "lifecycle" && attribute != nil {
			value, diagnostics := attribute.Expr.Value(nil)
			return !diagnostics.HasErrors() && value.True()
		}
	}
	return false
}
