package corpus

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `-- A section, which is no statement's comment.

-- Why it is here,
-- in two lines.
-- @a INT64, @b STRUCT<x INT64, y STRING>
SELECT @a,
  -- inside
  ';' FROM T;
SELECT 1;
`

func write(t *testing.T, name, text string) string {
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestReadKeepsStatementsCommentsAndParameters(t *testing.T) {
	list, err := Read(write(t, "x.sql", sample))
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, Statement{
		Comment: "Why it is here,\nin two lines.",
		Params:  []Column{{"a", "INT64"}, {"b", "STRUCT<x INT64, y STRING>"}},
		SQL:     "SELECT @a,\n  -- inside\n  ';' FROM T",
	}, list[0])
	again, err := parse(list[0].String() + list[1].String())
	require.NoError(t, err)
	assert.Equal(t, list, again)
}

func TestReadRefuses(t *testing.T) {
	for text, reason := range map[string]string{"SELECT 1\n": "semicolon", "-- @a\nSELECT @a;": "line 1"} {
		_, err := Read(write(t, "x.sql", text))
		assert.ErrorContains(t, err, reason)
	}
}

func TestVerdictsBelongToTheirStatements(t *testing.T) {
	file := write(t, "x.sql", sample)
	list, err := Read(file)
	require.NoError(t, err)
	text, err := Judge(list, func(s Statement) (Verdict, error) {
		if len(s.Params) > 0 {
			return Verdict{Refused: "wrong\nhere [at 1:2]"}, nil
		}
		return Verdict{Columns: []Column{{"", "INT64"}}}, nil
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(VerdictFile(file), []byte(text), 0o600))
	verdicts, err := Verdicts(file, list)
	require.NoError(t, err)
	assert.Equal(t, []string{"--x wrong here [at 1:2]", "--> '' INT64"}, verdicts)
	assert.True(t, IsRefusal(verdicts[0]))
	assert.False(t, IsRefusal(verdicts[1]))
	_, err = Verdicts(file, list[:1])
	require.ErrorIs(t, err, ErrStale)
	list[0].SQL += " "
	_, err = Verdicts(file, list)
	require.ErrorIs(t, err, ErrStale)
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parse(text)
		if err != nil {
			return
		}
		for _, s := range list {
			assert.NotContains(t, s.SQL, ";\n\n--> ")
		}
	})
}
