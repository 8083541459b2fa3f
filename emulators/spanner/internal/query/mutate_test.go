package query

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var tokenPattern = regexp.MustCompile(`'[^']*'|@\w+|\w+|\s+|.`)

// TestMutatedStatements mixes the tokens of the golden statements: nearly right
// SQL reaches what random text does not. SPANNER_MUTATIONS makes it run longer.
func TestMutatedStatements(t *testing.T) {
	d := filled(t)
	rounds := 3000
	if n, err := strconv.Atoi(os.Getenv("SPANNER_MUTATIONS")); err == nil {
		rounds = n
	}
	var sentences [][]string
	var pool []string
	for _, c := range golden {
		words := tokenPattern.FindAllString(c.sql, -1)
		sentences, pool = append(sentences, words), append(pool, words...)
	}
	for _, sql := range []string{
		"INSERT OR UPDATE INTO Defaults (K, D) VALUES (4, 'w'), (@id, DEFAULT) THEN RETURN WITH ACTION AS act K, D",
		"INSERT INTO Defaults (K, D) SELECT Id, Name FROM Users WHERE Id = @id",
		"UPDATE Users u SET u.Name = CONCAT(u.Name, '2'), Age = DEFAULT WHERE u.Id < 3 THEN RETURN u.Id, *",
		"DELETE FROM Defaults d WHERE d.K > 10 AND EXISTS (SELECT 1 FROM Users WHERE Id = d.K) THEN RETURN K",
	} {
		words := tokenPattern.FindAllString(sql, -1)
		sentences, pool = append(sentences, words, words, words), append(pool, words...)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	allowed := []codes.Code{codes.OK, codes.InvalidArgument, codes.Unimplemented, codes.OutOfRange, codes.ResourceExhausted,
		codes.AlreadyExists, codes.NotFound, codes.FailedPrecondition}
	for range rounds {
		words := append([]string{}, sentences[r.IntN(len(sentences))]...)
		for range 1 + r.IntN(4) {
			at := r.IntN(len(words))
			switch r.IntN(3) {
			case 0:
				words[at] = pool[r.IntN(len(pool))]
			case 1:
				words = append(words[:at:at], words[min(at+1+r.IntN(3), len(words)):]...)
			default: // a run of another statement
				other := sentences[r.IntN(len(sentences))]
				from := r.IntN(len(other))
				run := other[from:min(from+1+r.IntN(12), len(other))]
				words = append(words[:at:at], append(append([]string{}, run...), words[at:]...)...)
			}
			if len(words) == 0 {
				break
			}
		}
		sql := strings.Join(words, "")
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("panic %v on %s", p, sql)
				}
			}()
			_, err := d.run(sql, map[string]any{"p": nil, "a": nil, "b": nil, "c": nil, "n": 1, "id": 1, "ids": nil, "t": nil}, Options{})
			require.Contains(t, allowed, status.Code(err), "%s: %v", sql, err)
		}()
	}
}
