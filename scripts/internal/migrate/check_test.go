package migrate

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMigrationsOfTheServicesAreWhatTheyPromise(t *testing.T) {
	for name, migrations := range Databases() {
		assert.NoError(t, Check(migrations), name)
	}
}

func TestCheckKnowsWhatBreaksTheCodeThatRuns(t *testing.T) {
	for statement, want := range map[string]string{
		"CREATE TABLE A (K INT64) PRIMARY KEY (K)":        "",
		"ALTER TABLE A ADD COLUMN B INT64":                "",
		"ALTER TABLE A ALTER COLUMN B STRING(MAX)":        "",
		"GRANT SELECT ON TABLE A TO ROLE r":               "",
		"DROP TABLE A":                                    "DropTable",
		"DROP INDEX A":                                    "DropIndex",
		"DROP ROLE r":                                     "DropRole",
		"REVOKE SELECT ON TABLE A FROM ROLE r":            "Revoke",
		"RENAME TABLE A TO B":                             "RenameTable",
		"ALTER TABLE A RENAME TO B":                       "RenameTo",
		"ALTER TABLE A DROP COLUMN B":                     "DropColumn",
		"ALTER TABLE A DROP CONSTRAINT B":                 "DropConstraint",
		"ALTER TABLE A ALTER COLUMN B STRING(9) NOT NULL": "AlterColumn to NOT NULL",
		"ALTER TABLE A ALTER COLUMN B DROP DEFAULT":       "AlterColumnDropDefault",
		"UPDATE A SET B = 1 WHERE TRUE":                   "is not DDL",
		"CREATE TABLE A (K STRING(9) DEFAULT ('x":         "is not DDL",
	} {
		err := Check(files(t, "0001_a.sql", statement))
		if want == "" {
			assert.NoError(t, err, statement)
		} else {
			assert.ErrorContains(t, err, want, statement)
		}
		if want != "is not DDL" {
			assert.NoError(t, Check(files(t, "0001_a.contract.sql", statement)), statement)
		}
	}
}

func TestCheckKnowsPartitionedDML(t *testing.T) {
	for statement, want := range map[string]string{
		"UPDATE A SET B = 1 WHERE B IS NULL":               "",
		"DELETE FROM A WHERE B IS NULL":                    "",
		"INSERT INTO A (B) VALUES (1)":                     "partitioned DML is UPDATE or DELETE",
		"UPDATE A SET B = 1 WHERE B IS NULL THEN RETURN B": "partitioned DML is UPDATE or DELETE",
		"DROP TABLE A": "is not DML",
	} {
		err := Check(files(t, "0001_a.dml.sql", statement))
		if want == "" {
			assert.NoError(t, err, statement)
		} else {
			assert.ErrorContains(t, err, want, statement)
		}
	}
}
