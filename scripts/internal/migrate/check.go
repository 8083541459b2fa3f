package migrate

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Check refuses migrations that are not what their kind promises.
func Check(migrations []spannerdb.Migration) error {
	for _, m := range migrations {
		for i, statement := range m.Statements {
			check := checkDDL
			if m.Kind == spannerdb.Data {
				check = checkDML
			}
			if err := check(m.Kind, statement); err != nil {
				return fmt.Errorf("migration %s, statement %d: %w", m.Name, i+1, err)
			}
		}
	}
	return nil
}

func checkDDL(kind spannerdb.Kind, statement string) error {
	ddl, err := memefish.ParseDDL("", statement)
	if err != nil {
		return fmt.Errorf("is not DDL: %w", err)
	}
	if what := takesAway(ddl); what != "" && kind != spannerdb.Contract {
		return fmt.Errorf("%s may break the code that runs: it belongs into a file NNNN_name.contract.sql", what)
	}
	return nil
}

// takesAway says what a statement takes from the code that runs before it, if anything.
func takesAway(ddl ast.DDL) string {
	switch d := ddl.(type) {
	case *ast.Revoke, *ast.RenameTable:
		return typeName(d)
	case *ast.AlterTable:
		switch a := d.TableAlteration.(type) {
		case *ast.RenameTo:
			return typeName(a)
		case *ast.AlterColumn:
			if t, ok := a.Alteration.(*ast.AlterColumnType); ok && t.NotNull {
				return "AlterColumn to NOT NULL"
			}
			if strings.HasPrefix(typeName(a.Alteration), "AlterColumnDrop") {
				return typeName(a.Alteration)
			}
		default:
			if strings.HasPrefix(typeName(a), "Drop") {
				return typeName(a)
			}
		}
	default:
		if strings.HasPrefix(typeName(d), "Drop") {
			return typeName(d)
		}
	}
	return ""
}

// typeName returns the name of a statement's kind, such as DropTable.
func typeName(node any) string { return reflect.TypeOf(node).Elem().Name() }

func checkDML(_ spannerdb.Kind, statement string) error {
	dml, err := memefish.ParseDML("", statement)
	if err != nil {
		return fmt.Errorf("is not DML: %w", err)
	}
	switch d := dml.(type) {
	case *ast.Update:
		if d.ThenReturn == nil {
			return nil
		}
	case *ast.Delete:
		if d.ThenReturn == nil {
			return nil
		}
	}
	return fmt.Errorf("partitioned DML is UPDATE or DELETE without THEN RETURN")
}
