package spanner_test

import (
	"context"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

func TestInformationSchema(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, append(accountsDDL[:len(accountsDDL):len(accountsDDL)],
		`CREATE TABLE Notes (Id INT64 NOT NULL, Text STRING(MAX) DEFAULT ('x'), Size INT64 AS (LENGTH(Text)) STORED,
			CONSTRAINT Short CHECK (LENGTH(Text) < 9), CONSTRAINT Owner FOREIGN KEY (Id) REFERENCES Accounts (Id) ON DELETE CASCADE) PRIMARY KEY (Id DESC)`)...)
	for sql, want := range map[string][][]any{
		"SELECT TABLE_NAME, PARENT_TABLE_NAME, ON_DELETE_ACTION FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '' ORDER BY TABLE_NAME": {
			{"Accounts", nil, nil}, {"Entries", "Accounts", "CASCADE"}, {"Notes", nil, nil}},
		"SELECT c.COLUMN_NAME, c.ORDINAL_POSITION, c.IS_NULLABLE, c.SPANNER_TYPE, c.COLUMN_DEFAULT, c.GENERATION_EXPRESSION FROM information_schema.columns c WHERE c.TABLE_NAME = 'Notes' ORDER BY 2": {
			{"Id", "1", "NO", "INT64", nil, nil}, {"Text", "2", "YES", "STRING(MAX)", `"x"`, nil}, {"Size", "3", "YES", "INT64", nil, "LENGTH(Text)"}},
		"SELECT i.INDEX_NAME, i.IS_UNIQUE, ic.COLUMN_NAME, ic.ORDINAL_POSITION FROM INFORMATION_SCHEMA.INDEXES i JOIN INFORMATION_SCHEMA.INDEX_COLUMNS ic USING (TABLE_NAME, INDEX_NAME) WHERE TABLE_NAME = 'Accounts' ORDER BY i.INDEX_NAME, ic.ORDINAL_POSITION DESC": {
			{"AccountsByName", true, "Name", "1"}, {"AccountsByName", true, "Balance", nil}, {"PRIMARY_KEY", true, "Id", "1"}},
		"SELECT UNIQUE_CONSTRAINT_NAME, DELETE_RULE FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_NAME = 'Owner'": {{"PK_Accounts", "CASCADE"}},
		"SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS WHERE TABLE_NAME = 'Notes' ORDER BY 1": {
			{"CK_IS_NOT_NULL_Notes_Id", "CHECK"}, {"Owner", "FOREIGN KEY"}, {"PK_Notes", "PRIMARY KEY"}, {"Short", "CHECK"}},
		"SELECT CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS WHERE CONSTRAINT_NAME = 'Short'":                                            {{"LENGTH(Text) < 9"}},
		"SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE CONSTRAINT_NAME IN ('PK_Entries', 'PK_Notes')":                          {{"Id"}, {"Made"}, {"Id"}},
		"SELECT TABLE_NAME, OPTION_VALUE FROM INFORMATION_SCHEMA.COLUMN_OPTIONS ORDER BY 1":                                                        {{"Accounts", "TRUE"}, {"Entries", "TRUE"}},
		"SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA AS s WHERE s.SCHEMA_NAME = ''":                                                        {{""}},
		"SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES t, INFORMATION_SCHEMA.COLUMNS c WHERE t.TABLE_NAME = c.TABLE_NAME AND t.TABLE_SCHEMA = ''": {{"10"}},
		"SELECT TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'SPANNER_STATISTICS'":                                                 {{"VIEW"}},
		"SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'ROLES' ORDER BY ORDINAL_POSITION":                                  {{"ROLE_NAME"}, {"IS_SYSTEM"}},
		"SELECT CONSTRAINT_NAME FROM INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE WHERE TABLE_NAME = 'Accounts' ORDER BY 1":                          {{"CK_IS_NOT_NULL_Accounts_Balance"}, {"CK_IS_NOT_NULL_Accounts_Id"}, {"Owner"}, {"PK_Accounts"}},
		"SELECT DEPENDENT_COLUMN FROM INFORMATION_SCHEMA.COLUMN_COLUMN_USAGE":                                                                      {{"Size"}},
		"SELECT OPTION_VALUE FROM INFORMATION_SCHEMA.DATABASE_OPTIONS WHERE OPTION_NAME = 'database_dialect'":                                      {{"GOOGLE_STANDARD_SQL"}},
		"SELECT TABLE_NAME FROM INFORMATION_SCHEMA.VIEWS":                                                                                          nil,
		"SELECT (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS c WHERE c.TABLE_NAME = a.Name) FROM Accounts a WHERE Id = 1":                      nil,
	} {
		assert.Equal(t, want, readAll(t, client.Single().Query(ctx, spanner.NewStatement(sql))), sql)
	}
	_, err := client.Single().Query(ctx, spanner.NewStatement("SELECT * FROM INFORMATION_SCHEMA.PROPERTY_GRAPHS")).Next()
	assert.Equal(t, codes.Unimplemented, spanner.ErrCode(err))
	assert.ErrorContains(t, err, "INFORMATION_SCHEMA.PROPERTY_GRAPHS")
}

func TestUUID(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t, `CREATE TABLE T (K UUID NOT NULL DEFAULT (NEW_UUID()), V STRING(MAX), Others ARRAY<UUID>) PRIMARY KEY (K DESC)`)
	low, high := uuid.MustParse("00000000-0000-4000-8000-000000000001"), uuid.MustParse("f0000000-0000-4000-8000-000000000002")
	_, err := client.Apply(ctx, []*spanner.Mutation{
		spanner.Insert("T", []string{"K", "V", "Others"}, []any{low, "low", []uuid.UUID{high, low}}),
		spanner.Insert("T", []string{"K", "V"}, []any{high, "high"}),
	})
	require.NoError(t, err)
	assert.Equal(t, [][]any{{high.String(), nil}, {low.String(), []any{high.String(), low.String()}}},
		readAll(t, client.Single().Read(ctx, "T", spanner.AllKeys(), []string{"K", "Others"})))
	for sql, want := range map[string][][]any{
		"SELECT V FROM T WHERE K = @id": {{"low"}},
		"SELECT V FROM T WHERE K > @id": {{"high"}},
		"SELECT CAST(@id AS STRING), CAST('F0000000000040008000000000000002' AS UUID), SAFE_CAST('x' AS UUID)": {{low.String(), high.String(), nil}},
		"SELECT LENGTH(CAST(NEW_UUID() AS STRING))":                                                            {{"36"}},
	} {
		assert.Equal(t, want, readAll(t, client.Single().Query(ctx, spanner.Statement{SQL: sql, Params: map[string]any{"id": low}})), sql)
	}
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("T", []string{"V"}, []any{"made"})})
	require.NoError(t, err)
	_, err = client.Apply(ctx, []*spanner.Mutation{spanner.Insert("T", []string{"K"}, []any{"no uuid"})})
	assert.Equal(t, codes.FailedPrecondition, spanner.ErrCode(err))
}

func TestReferencedValuesAreNotWrittenAndDeletedAtOnce(t *testing.T) {
	ctx := context.Background()
	client := spannertesting.NewDatabase(t,
		`CREATE TABLE Owners (Id INT64 NOT NULL, Name STRING(9)) PRIMARY KEY (Id)`,
		`CREATE TABLE Pets (Id INT64 NOT NULL, Owner INT64, CONSTRAINT PetOwner FOREIGN KEY (Owner) REFERENCES Owners (Id) ON DELETE CASCADE) PRIMARY KEY (Id)`)
	owner := func(id int) *spanner.Mutation {
		return spanner.InsertOrUpdate("Owners", []string{"Id", "Name"}, []any{id, "x"})
	}
	_, err := client.Apply(ctx, []*spanner.Mutation{owner(1), spanner.Insert("Pets", []string{"Id", "Owner"}, []any{1, 1})})
	require.NoError(t, err)
	for _, conflict := range [][]*spanner.Mutation{
		{owner(2), spanner.Delete("Owners", keyed(2))},
		{spanner.Insert("Owners", []string{"Name", "Id"}, []any{"x", 1}), spanner.Delete("Owners", keyed(1))},
		{spanner.Delete("Owners", keyed(1)), owner(1)},
	} {
		_, err = client.Apply(ctx, conflict)
		assert.ErrorContains(t, err, "Cannot write a value for the referenced column `Owners.Id` and delete it in the same transaction.")
	}
	_, err = client.Apply(ctx, []*spanner.Mutation{owner(1), spanner.Delete("Owners", keyed(1))})
	require.NoError(t, err, "the write left the referenced value as it was")
	assert.Empty(t, readAll(t, client.Single().Read(ctx, "Pets", spanner.AllKeys(), []string{"Id"})))
}
