package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// BitReversed is the one kind of sequence there is.
const BitReversed = "bit_reversed_positive"

// Sequence hands out positive numbers spread over the whole range of INT64: a
// counter with its bits reversed.
type Sequence struct {
	ID      uint32
	Name    string
	Counter uint32    // number of the counter; another one after the counter was restarted
	Start   int64     // first count; 0 is not declared: 1
	Skip    *[2]int64 // numbers from the first to the last are not handed out

	Clauses  bool // declared by clauses, rather than by OPTIONS
	Identity bool // of an identity column, absent from the DDL
}

// First returns the first count.
func (q *Sequence) First() int64 { return max(q.Start, 1) }

// Skips says whether a number is not to be handed out.
func (q *Sequence) Skips(n int64) bool { return q.Skip != nil && q.Skip[0] <= n && n <= q.Skip[1] }

// Sequence finds a sequence by name; those of identity columns have names too.
func (c *Catalog) Sequence(name string) (*Sequence, bool) {
	q, ok := c.sequences[strings.ToLower(name)]
	return q, ok
}

// Sequences lists the sequences that were created, in that order.
func (c *Catalog) Sequences() []*Sequence {
	var out []*Sequence
	for _, name := range c.order {
		if q, ok := c.sequences[name]; ok && !q.Identity {
			out = append(out, q)
		}
	}
	return out
}

func (b *builder) mustSequence(p *ast.Path) (*Sequence, error) {
	name, err := pathName(p)
	if err != nil {
		return nil, err
	}
	q, ok := b.Sequence(name)
	if !ok || q.Identity {
		return nil, notFound("Sequence not found: %s", name)
	}
	return q, nil
}

func (b *builder) addSequence(q *Sequence) {
	key := strings.ToLower(q.Name)
	b.sequences[key] = q
	b.order = append(b.order, key)
}

func (b *builder) createSequence(s *ast.CreateSequence) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	if _, exists := b.Sequence(name); exists && s.IfNotExists {
		return nil
	}
	if err := checkName("Sequence", name); err != nil {
		return err
	}
	if err := b.taken(name); err != nil {
		return err
	}
	if s.Options != nil && len(s.Params) > 0 {
		return invalid("The sequence properties can only be set in either clauses and options for the sequence %s", name)
	}
	q := &Sequence{Name: name, Clauses: s.Options == nil}
	kind, err := q.declare(s.Params, s.Options)
	if err != nil {
		return err
	}
	if kind == "" && b.sequenceKind == "" {
		return invalid("The sequence does not have a valid sequence kind. Please specify the sequence kind explicitly or " +
			"set the database option `default_sequence_kind`.")
	}
	q.ID, q.Counter = b.newID(), b.newID()
	b.addSequence(q)
	return nil
}

// declare reads the properties of a new sequence and returns its kind.
func (q *Sequence) declare(params []ast.SequenceParam, options *ast.Options) (kind string, err error) {
	for _, param := range params {
		switch p := param.(type) {
		case *ast.BitReversedPositive:
			kind = BitReversed
		case *ast.SkipRange:
			err = q.skip(p.Min, p.Max)
		case *ast.StartCounterWith:
			q.Start, err = integer(p.Counter)
		default:
			err = unsupported("Sequence with " + param.SQL())
		}
		if err != nil {
			return "", err
		}
	}
	if options == nil {
		return kind, q.check()
	}
	set, err := sequenceOptions(options)
	if err != nil {
		return "", err
	}
	q.apply(set)
	if set.kind == nil {
		return "", q.check()
	}
	return *set.kind, q.check()
}

func (q *Sequence) check() error {
	switch {
	case q.Start < 0:
		return failed("`start_with_counter` has to be a positive INT64 number")
	case q.Skip == nil:
	case q.Skip[0] > q.Skip[1]:
		return failed("`skip_range_min` has to be lesser than or equal to `skip_range_max`")
	case q.Skip[1] < 1:
		return failed("The sequence skipped range has to contain at least one positive value")
	}
	return nil
}

func (q *Sequence) skip(low, high *ast.IntLiteral) error {
	first, err := integer(low)
	if err != nil {
		return err
	}
	last, err := integer(high)
	q.Skip = &[2]int64{first, last}
	return err
}

func integer(n *ast.IntLiteral) (int64, error) {
	v, err := strconv.ParseInt(n.Value, 0, 64)
	if err != nil {
		return 0, invalid("Not an INT64 number: %s", n.Value)
	}
	return v, nil
}

func (b *builder) alterSequence(s *ast.AlterSequence) error {
	q, err := b.mustSequence(s.Name)
	if err != nil {
		return err
	}
	if s.Options != nil {
		set, err := sequenceOptions(s.Options)
		if err != nil {
			return err
		}
		q.apply(set)
		if set.start != nil {
			q.Counter = b.newID()
		}
	}
	if s.NoSkipRange != nil {
		q.Skip = nil
	}
	if s.SkipRange != nil {
		if err := q.skip(s.SkipRange.Min, s.SkipRange.Max); err != nil {
			return err
		}
	}
	if s.RestartCounterWith != nil {
		if err := b.restart(q, s.RestartCounterWith); err != nil {
			return err
		}
	}
	return q.check()
}

// restart makes the sequence count anew.
func (b *builder) restart(q *Sequence, r *ast.RestartCounterWith) error {
	first, err := integer(r.Counter)
	if err != nil {
		return err
	}
	if first < 1 {
		return failed("`start_with_counter` has to be a positive INT64 number")
	}
	q.Start, q.Counter = first, b.newID()
	return nil
}

func (b *builder) dropSequence(s *ast.DropSequence) error {
	q, err := b.mustSequence(s.Name)
	if err != nil {
		if s.IfExists {
			return nil
		}
		return err
	}
	for _, t := range b.tables {
		for _, col := range t.Columns {
			if mentions(col.Default, q.Name) || mentions(col.Generated, q.Name) {
				return failed("Cannot drop SEQUENCE `%s` on which there is a dependent column: %s.%s.", q.Name, t.Name, col.Name)
			}
		}
		for _, check := range t.Checks {
			if mentions(check.Expr, q.Name) {
				return failed("Cannot drop SEQUENCE `%s` on which there is a dependent check constraint: %s.", q.Name, check.Name)
			}
		}
	}
	b.dropGrants(q.ID)
	b.forget(q.Name)
	return nil
}

// SequenceName returns the name of the sequence that an argument names.
func SequenceName(arg ast.Arg) (string, bool) {
	s, ok := arg.(*ast.SequenceArg)
	if !ok {
		return "", false
	}
	switch e := s.Expr.(type) {
	case *ast.Ident:
		return e.Name, true
	case *ast.Path:
		if len(e.Idents) == 1 {
			return e.Idents[0].Name, true
		}
	}
	return "", false
}

// mentions says whether an expression draws from a sequence.
func mentions(e ast.Expr, name string) bool {
	if e == nil {
		return false
	}
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if arg, ok := n.(ast.Arg); ok {
			if of, ok := SequenceName(arg); ok && strings.EqualFold(of, name) {
				found = true
			}
		}
		return !found
	})
	return found
}

// clausesDDL returns the properties as clauses.
func (q *Sequence) clausesDDL(kind string) []string {
	var out []string
	if kind != "" {
		out = append(out, "BIT_REVERSED_POSITIVE")
	}
	if q.Skip != nil {
		out = append(out, fmt.Sprintf("SKIP RANGE %d, %d", q.Skip[0], q.Skip[1]))
	}
	if q.Start != 0 {
		out = append(out, fmt.Sprintf("START COUNTER WITH %d", q.Start))
	}
	return out
}

func (q *Sequence) ddl() string {
	if q.Clauses {
		return strings.Join(slices.Concat([]string{"CREATE SEQUENCE", quote(q.Name)}, q.clausesDDL(BitReversed)), " ")
	}
	options := []string{fmt.Sprintf("sequence_kind = '%s'", BitReversed)}
	if q.Skip != nil {
		options = append(options, fmt.Sprintf("skip_range_min = %d", q.Skip[0]), fmt.Sprintf("skip_range_max = %d", q.Skip[1]))
	}
	if q.Start != 0 {
		options = append(options, fmt.Sprintf("start_with_counter = %d", q.Start))
	}
	return fmt.Sprintf("CREATE SEQUENCE %s OPTIONS (\n  %s\n)", quote(q.Name), strings.Join(options, ",\n  "))
}

// SequenceKind returns default_sequence_kind as declared, "" for none.
func (c *Catalog) SequenceKind() string { return c.sequenceKind }
