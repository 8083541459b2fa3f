package main

import (
	"strings"

	googlesql "github.com/goccy/go-googlesql"

	"github.com/kwipper/kwipper/emulators/spanner/corpus"
)

// analyze judges one statement.
func (a *analyzer) analyze(st corpus.Statement) (corpus.Verdict, error) {
	options, err := newOptions(a.language)
	if err != nil {
		return corpus.Verdict{}, err
	}
	for _, p := range st.Params {
		t, err := a.paramType(p.Type)
		if err != nil {
			return corpus.Verdict{}, err
		}
		if err := options.AddQueryParameter(p.Name, t); err != nil {
			return corpus.Verdict{}, err
		}
	}
	out, refusal := googlesql.AnalyzeStatement(st.SQL, options, a.catalog, a.types)
	if refusal != nil {
		return corpus.Verdict{Refused: refusal.Error()}, nil
	}
	resolved, err := out.ResolvedStatement()
	if err != nil {
		return corpus.Verdict{}, err
	}
	columns, err := outputOf(resolved)
	return corpus.Verdict{Columns: columns}, err
}

// outputOf returns the columns of a statement's result.
func outputOf(resolved googlesql.ResolvedStatementNode) ([]corpus.Column, error) {
	var returning *googlesql.ResolvedReturningClause
	var err error
	switch st := resolved.(type) {
	case *googlesql.ResolvedQueryStmt:
		list, err := st.OutputColumnList()
		if err != nil {
			return nil, err
		}
		return columnsOf(list)
	case *googlesql.ResolvedInsertStmt:
		returning, err = st.Returning()
	case *googlesql.ResolvedUpdateStmt:
		returning, err = st.Returning()
	case *googlesql.ResolvedDeleteStmt:
		returning, err = st.Returning()
	}
	if err != nil || returning == nil {
		return nil, err
	}
	list, err := returning.OutputColumnList()
	if err != nil {
		return nil, err
	}
	return columnsOf(list)
}

func columnsOf(list []*googlesql.ResolvedOutputColumn) ([]corpus.Column, error) {
	columns := make([]corpus.Column, len(list))
	for i, output := range list {
		name, err := output.Name()
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(name, "$") { // GoogleSQL's own names stand for none
			columns[i].Name = name
		}
		column, err := output.Column()
		if err != nil {
			return nil, err
		}
		t, err := column.Type()
		if err != nil {
			return nil, err
		}
		if columns[i].Type, err = typeName(t); err != nil {
			return nil, err
		}
	}
	return columns, nil
}
