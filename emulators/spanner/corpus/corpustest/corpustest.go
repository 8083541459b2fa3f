// Package corpustest compares the emulator's analysis of SQL with the verdicts in a corpus.
package corpustest

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/cloudspannerecosystem/memefish"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/corpus"
	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

// Counts says how a corpus was judged. Other counts what is listed as different by design,
// Unimplemented what the emulator refuses by its name, Places how many of the refusals that
// both make point at the same place.
type Counts struct{ Statements, Agree, Unimplemented, Other, Refused, Places int }

// Check fails the test for each statement of a corpus on which the emulator's analysis and the
// verdict beside it differ: one refuses what the other accepts, or the columns of the result
// have other names or types. What may differ is listed, with the reason as comment, in the
// corpus' file differences.txt; an entry that does not differ fails the test too.
func Check(t *testing.T, dir string) Counts {
	t.Helper()
	c := &checker{t: t, cat: catalog(t, dir), listed: differences(t, dir)}
	files, err := corpus.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		c.file(file)
	}
	for sql := range c.listed {
		t.Errorf("listed in differences.txt, but not in the corpus or not different: %s", sql)
	}
	t.Logf("%s: %d statements: %d agree, %d unimplemented, %d different by design; %d of %d refusals name the same place",
		dir, c.counts.Statements, c.counts.Agree, c.counts.Unimplemented, c.counts.Other, c.counts.Places, c.counts.Refused)
	return c.counts
}

type checker struct {
	t      *testing.T
	cat    *schema.Catalog
	listed map[string]corpus.Statement
	counts Counts
}

func catalog(t *testing.T, dir string) *schema.Catalog {
	t.Helper()
	ddl, err := corpus.Schema(dir)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := memefish.ParseDDLs("schema.sql", ddl)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := schema.Empty("corpus").Build(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func differences(t *testing.T, dir string) map[string]corpus.Statement {
	t.Helper()
	list, err := corpus.Read(filepath.Join(dir, "differences.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	listed := map[string]corpus.Statement{}
	for _, st := range list {
		if st.Comment == "" {
			t.Errorf("differences.txt gives no reason for %s", st.SQL)
		}
		listed[st.Key()] = st
	}
	return listed
}

func (c *checker) file(file string) {
	list, err := corpus.Read(file)
	if err != nil {
		c.t.Fatal(err)
	}
	verdicts, err := corpus.Verdicts(file, list)
	if err != nil {
		c.t.Fatal(err)
	}
	for i, st := range list {
		c.statement(filepath.Base(file), st, verdicts[i])
	}
}

// place is how a message names where in a statement it is wrong.
var place = regexp.MustCompile(`\[at \d+:\d+\]`)

func (c *checker) statement(file string, st corpus.Statement, verdict string) {
	ours, code := c.analyze(st)
	c.counts.Statements++
	both := corpus.IsRefusal(verdict) && code == codes.InvalidArgument
	if both {
		c.counts.Refused++
		at := place.FindString(ours.Refused)
		if at == "" {
			c.t.Errorf("%s: the refusal of %s names no place: %s", file, st.SQL, ours.Refused)
		}
		if at == place.FindString(verdict) {
			c.counts.Places++
		} else if testing.Verbose() {
			c.t.Logf("%s: places differ: %s\n  oracle %s\n  ours   %s", file, st.SQL, verdict, ours)
		}
	}
	_, listed := c.listed[st.Key()]
	switch {
	case both || ours.String() == verdict:
		c.counts.Agree++
		return // a listed one stays in the list and is reported
	case !listed:
		c.t.Errorf("%s: %s\n  oracle %s\n  ours   %s %s", file, st.SQL, verdict, ours, code)
	case code == codes.Unimplemented:
		c.counts.Unimplemented++
	default:
		c.counts.Other++
	}
	delete(c.listed, st.Key())
}

// analyze gives the emulator's verdict; the code is OK if it accepts.
func (c *checker) analyze(st corpus.Statement) (corpus.Verdict, codes.Code) {
	types := map[string]*spannerpb.Type{}
	for _, p := range st.Params {
		t, err := typeOf(p.Type)
		if err != nil {
			c.t.Fatal(fmt.Errorf("parameter %s of %s: %w", p.Name, st.SQL, err))
		}
		types[p.Name] = t
	}
	prepared, err := query.Prepare(c.cat, st.SQL, types)
	if err != nil {
		return corpus.Verdict{Refused: status.Convert(err).Message()}, status.Code(err)
	}
	var v corpus.Verdict
	for _, col := range prepared.Columns() {
		v.Columns = append(v.Columns, corpus.Column{Name: col.Name, Type: col.Type.String()})
	}
	return v, codes.OK
}
