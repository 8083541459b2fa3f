package main

import (
	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	googlesql "github.com/goccy/go-googlesql"
)

// analyzer judges statements on one database.
type analyzer struct {
	language *googlesql.LanguageOptions
	catalog  *googlesql.SimpleCatalog
	types    *googlesql.TypeFactory
	tables   map[string]*googlesql.SimpleTable
}

func newAnalyzer(ddl string) (*analyzer, error) {
	a := &analyzer{tables: map[string]*googlesql.SimpleTable{}}
	var err error
	if a.language, err = newLanguage(); err != nil {
		return nil, err
	}
	if a.types, err = googlesql.NewTypeFactory(); err != nil {
		return nil, err
	}
	if a.catalog, err = googlesql.NewSimpleCatalog("database", a.types); err != nil {
		return nil, err
	}
	if err := a.catalog.AddBuiltinFunctionsAndTypes(&googlesql.BuiltinFunctionOptions{LanguageOptions: a.language}); err != nil {
		return nil, err
	}
	for _, f := range spannerFunctions {
		if err := a.addFunction(f); err != nil {
			return nil, err
		}
	}
	nodes, err := memefish.ParseDDLs("schema.sql", ddl)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := a.add(n); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// spannerFunction is a function that Spanner adds to those of GoogleSQL.
type spannerFunction struct {
	name, result string
	args         []string
}

var spannerFunctions = []spannerFunction{
	{name: "PENDING_COMMIT_TIMESTAMP", result: "TIMESTAMP"},
	{name: "BIT_REVERSE", result: "INT64", args: []string{"INT64", "BOOL"}},
}

func (a *analyzer) addFunction(f spannerFunction) error {
	argument := func(name string) (*googlesql.FunctionArgumentType, error) {
		t, err := a.simpleType(name)
		if err != nil {
			return nil, err
		}
		return googlesql.NewFunctionArgumentType3(t, 1)
	}
	result, err := argument(f.result)
	if err != nil {
		return err
	}
	args := make([]*googlesql.FunctionArgumentType, len(f.args))
	for i, name := range f.args {
		if args[i], err = argument(name); err != nil {
			return err
		}
	}
	signature, err := googlesql.NewFunctionSignature3(result, args, 0)
	if err != nil {
		return err
	}
	fn, err := googlesql.NewFunction4(f.name, "Spanner", googlesql.FunctionEnums_ModeScalar, []*googlesql.FunctionSignature{signature})
	if err != nil {
		return err
	}
	return a.catalog.AddFunction(fn)
}

// add makes known what a statement of DDL creates, as far as queries see it.
func (a *analyzer) add(n ast.DDL) error {
	switch n := n.(type) {
	case *ast.CreateTable:
		return a.addTable(n)
	case *ast.AlterTable:
		if add, ok := n.TableAlteration.(*ast.AddColumn); ok {
			return a.addColumn(n.Name.SQL(), add.Column)
		}
	}
	return nil // indexes and the like change no analysis
}

func (a *analyzer) addTable(n *ast.CreateTable) error {
	name := n.Name.SQL()
	table, err := googlesql.NewSimpleTable(name, 0)
	if err != nil {
		return err
	}
	a.tables[name] = table
	for _, c := range n.Columns {
		if err := a.addColumn(name, c); err != nil {
			return err
		}
	}
	return a.catalog.AddTable(table)
}

func (a *analyzer) addColumn(table string, c *ast.ColumnDef) error {
	t, err := a.schemaType(c.Type)
	if err != nil {
		return err
	}
	_, generated := c.DefaultSemantics.(*ast.GeneratedColumnExpr)
	hidden := !c.Hidden.Invalid()
	column, err := googlesql.NewSimpleColumn(table, c.Name.Name, t, hidden, !generated)
	if err != nil {
		return err
	}
	return a.tables[table].AddColumn2(column, false)
}
