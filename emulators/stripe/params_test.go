package stripe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseParams(t *testing.T) {
	p, err := parseParams("a=1&b[c]=2&b[d][e]=x+y&l[]=p&l[]=q&o[0][n]=5&o[1][n]=6&metadata[k]=v")
	require.Nil(t, err)
	assert.Equal(t, "1", p.text("a"))
	assert.Equal(t, "2", p.text("b", "c"))
	assert.Equal(t, "x y", p.text("b", "d", "e"))
	assert.Equal(t, []string{"p", "q"}, p.list("l"))
	n, given, err := p.elements("o")[1].number("n")
	assert.Nil(t, err)
	assert.True(t, given)
	assert.EqualValues(t, 6, n)
	assert.False(t, p.has("b", "nothing", "below"))
	assert.Empty(t, p.text("b"))

	other, err := parseParams("metadata[k]=v&o[0][n]=5&o[1][n]=6&l[]=p&l[]=q&b[d][e]=x%20y&b[c]=2&a=1")
	require.Nil(t, err)
	assert.Equal(t, p.root.canonical(), other.root.canonical())
}

func FuzzParseParams(f *testing.F) {
	for _, seed := range []string{"a=1", "a[b]=1&a[]=2", "a[[b]]=1", "=&&=", "a[b][c][d][e][f][g][h][i]=1", "%zz=1", "a]=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		p, err := parseParams(encoded)
		if err != nil {
			return
		}
		_ = p.root.canonical()
		for _, name := range p.root.order {
			_ = p.list(name)
			_ = p.elements(name)
			_, _ = p.metadata(nil, name)
		}
	})
}

func FuzzParseQuery(f *testing.F) {
	f.Add(`metadata['a']:'b' AND -status:"c"`)
	f.Add(`a:1 AND `)
	f.Fuzz(func(t *testing.T, text string) {
		query, err := parseQuery(text)
		if err == nil {
			_ = query.matches(map[string]any{"metadata": map[string]any{"a": "b"}})
		}
	})
}
