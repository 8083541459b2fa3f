package schema

import (
	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
)

// optionSet is what OPTIONS of a sequence say; unset is set to NULL.
type optionSet struct {
	kind            *string
	low, high       *int64
	lowSet, highSet bool
	start           *int64
}

func sequenceOptions(o *ast.Options) (set optionSet, err error) {
	for _, record := range o.Records {
		name := record.Name.Name
		switch name {
		case "sequence_kind":
			set.kind, err = kindOption(name, record.Value)
		case "skip_range_min":
			set.lowSet = true
			set.low, err = numberOption(name, record.Value)
		case "skip_range_max":
			set.highSet = true
			set.high, err = numberOption(name, record.Value)
		case "start_with_counter":
			set.start, err = numberOption(name, record.Value)
			if err == nil && set.start != nil && *set.start < 1 {
				err = failed("`start_with_counter` has to be a positive INT64 number")
			}
		default:
			err = failed("Unsupported sequence option: %s.", name)
		}
		if err != nil {
			return set, err
		}
	}
	if set.lowSet != set.highSet || (set.low == nil) != (set.high == nil) {
		err = failed("`skip_range_min` and `skip_range_max` have to be set together")
	}
	return set, err
}

// apply sets what the options name.
func (q *Sequence) apply(set optionSet) {
	if set.lowSet {
		q.Skip = nil
		if set.low != nil {
			q.Skip = &[2]int64{*set.low, *set.high}
		}
	}
	if set.start != nil {
		q.Start = *set.start
	}
}

func kindOption(name string, e ast.Expr) (*string, error) {
	switch v := e.(type) {
	case *ast.NullLiteral:
		return nil, nil
	case *ast.StringLiteral:
		if v.Value != BitReversed {
			return nil, failed("Invalid Sequence Kind: %s.", v.Value)
		}
		return &v.Value, nil
	}
	return nil, failed("Option %s can only take a STRING value.", name)
}

func numberOption(name string, e ast.Expr) (*int64, error) {
	sign := ""
	if u, ok := e.(*ast.UnaryExpr); ok && (u.Op == ast.OpMinus || u.Op == ast.OpPlus) {
		e = u.Expr
		if u.Op == ast.OpMinus {
			sign = "-"
		}
	}
	switch v := e.(type) {
	case *ast.NullLiteral:
		return nil, nil
	case *ast.IntLiteral:
		n, err := integer(&ast.IntLiteral{Value: sign + v.Value})
		return &n, err
	}
	return nil, failed("Option %s can only take a INT64 value.", name)
}

// parseSequence parses CREATE SEQUENCE without OPTIONS, which the parser wants
// to be there always.
func parseSequence(sql string) (*ast.CreateSequence, bool) {
	ddl, err := syntax.ParseDDL(sql + "\nOPTIONS (sequence_kind = NULL)")
	s, ok := ddl.(*ast.CreateSequence)
	if err != nil || !ok {
		return nil, false
	}
	s.Options = nil
	return s, true
}
