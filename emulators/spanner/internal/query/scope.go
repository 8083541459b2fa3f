package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// relation is a range variable: something in FROM that has columns.
type relation struct {
	alias string
	cols  []*relColumn
	self  *relColumn    // the element itself, of UNNEST
	table *schema.Table // nil unless a table
	used  map[int]bool  // ordinals of a table's columns that are read
	named map[int]bool  // those of them that the statement mentions
}

type relColumn struct {
	name     string
	slot     int
	t        *value.Type
	rel      *relation
	ordinal  int  // of a table's column
	starless bool // hidden, or the offset of UNNEST's own: left out of *
	merged   bool // stands behind a column of USING: not found by its bare name
}

// use marks the column as needed.
func (c *relColumn) use() *relColumn {
	if c.rel != nil && c.rel.table != nil {
		c.rel.used[c.ordinal], c.rel.named[c.ordinal] = true, true
	}
	return c
}

func (c *relColumn) ref(pos token.Pos) *slotRef {
	c.use()
	return &slotRef{slot: c.slot, t: c.t, name: c.name, pos: pos}
}

// scope is the names that an expression sees: those of its own block, then those outside.
type scope struct {
	parent   *scope
	rels     []*relation
	ctes     map[string]*ast.CTE
	cteScope map[string]*scope  // where a CTE was declared
	boundary bool               // a subquery begins here
	captured map[int]*relColumn // what a subquery reads from outside
	lets     map[string]expr    // variables of WITH(...) expressions, and aliases of a select list
	vague    map[string]bool    // aliases that stand for several columns
}

func newScope(parent *scope) *scope { return &scope{parent: parent} }

// subScope begins a subquery: it records what it reads from outside.
func subScope(parent *scope) *scope {
	return &scope{parent: parent, boundary: true, captured: map[int]*relColumn{}}
}

// found is what a name means.
type found struct {
	col *relColumn
	rel *relation
	let expr
}

// lookup finds a bare name: a range variable or else a column, the innermost first.
func (a *analyzer) lookup(s *scope, name string, pos token.Pos) (found, error) {
	var crossed []*scope
	for ; s != nil; s = s.parent {
		if let, ok := s.lets[strings.ToLower(name)]; ok {
			if s.vague[strings.ToLower(name)] {
				return found{}, a.invalid(pos, "Column name %s is ambiguous", name)
			}
			captureLet(crossed, let)
			return found{let: let}, nil
		}
		f, err := a.lookupHere(s, name, pos)
		if err != nil {
			return found{}, err
		}
		if f.col != nil || f.rel != nil {
			capture(crossed, f)
			return f, nil
		}
		if s.boundary {
			crossed = append(crossed, s)
		}
	}
	return found{}, nil
}

func capture(crossed []*scope, f found) {
	for _, s := range crossed {
		if f.col != nil {
			s.captured[f.col.slot] = f.col
		}
		if f.rel != nil {
			for _, c := range f.rel.cols {
				s.captured[c.slot] = c
			}
			if f.rel.self != nil {
				s.captured[f.rel.self.slot] = f.rel.self
			}
		}
	}
}

// captureLet records what the expression behind an alias reads.
func captureLet(crossed []*scope, let expr) {
	for slot := range slotsOf(let) {
		for _, s := range crossed {
			s.captured[slot] = &relColumn{slot: slot}
		}
	}
}

func (a *analyzer) lookupHere(s *scope, name string, pos token.Pos) (found, error) {
	if r := s.relation(name); r != nil { // before columns of the name
		if r.self != nil {
			return found{col: r.self}, nil
		}
		return found{rel: r}, nil
	}
	var hit *relColumn
	for _, r := range s.rels {
		for _, c := range r.cols {
			if c.merged || !strings.EqualFold(c.name, name) {
				continue
			}
			if hit != nil {
				return found{}, a.invalid(pos, "Column name %s is ambiguous", name)
			}
			hit = c
		}
	}
	return found{col: hit}, nil
}

func (s *scope) relation(alias string) *relation {
	for _, r := range s.rels {
		if r.alias != "" && strings.EqualFold(r.alias, alias) {
			return r
		}
	}
	return nil
}

// lookupRelation finds a range variable, for alias.column. A column of that
// name in a nearer scope, or the same, does not hide it.
func (a *analyzer) lookupRelation(s *scope, alias string) (*relation, []*scope) {
	var crossed []*scope
	for ; s != nil; s = s.parent {
		if r := s.relation(alias); r != nil {
			return r, crossed
		}
		if s.boundary {
			crossed = append(crossed, s)
		}
	}
	return nil, nil
}

// column resolves alias.name.
func (a *analyzer) column(r *relation, crossed []*scope, id *ast.Ident) (*relColumn, error) {
	var hit *relColumn
	for _, c := range r.cols {
		if strings.EqualFold(c.name, id.Name) {
			if hit != nil {
				return nil, a.invalid(id.NamePos, "Column name %s is ambiguous", id.Name)
			}
			hit = c
		}
	}
	if hit == nil {
		return nil, a.invalid(id.NamePos, "Name %s not found inside %s", id.Name, r.alias)
	}
	capture(crossed, found{col: hit})
	return hit, nil
}

// path resolves a name of one or more parts to an expression.
func (a *analyzer) path(s *scope, ids []*ast.Ident) (expr, error) {
	first := ids[0]
	var e expr
	rest := ids[1:]
	if len(ids) > 1 {
		if r, crossed := a.lookupRelation(s, first.Name); r != nil && r.self == nil {
			c, err := a.column(r, crossed, ids[1])
			if err != nil {
				return nil, err
			}
			e, rest = c.ref(first.NamePos), ids[2:]
		}
	}
	if e == nil {
		f, err := a.lookup(s, first.Name, first.NamePos)
		if err != nil {
			return nil, err
		}
		switch {
		case f.let != nil:
			e = f.let
		case f.col != nil:
			e = f.col.ref(first.NamePos)
		case f.rel != nil:
			return nil, a.unsupported(first.NamePos, "The whole row %s as a value", first.Name)
		default:
			return nil, a.invalid(first.NamePos, "Unrecognized name: %s", first.Name)
		}
	}
	for _, id := range rest {
		var err error
		if e, err = a.field(e, id); err != nil {
			return nil, err
		}
	}
	return e, nil
}
