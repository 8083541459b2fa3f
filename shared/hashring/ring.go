// Package hashring spreads keys over a changing set of nodes: consistent hashing with
// virtual nodes (Karger et al., 1997), and with bounded loads (Mirrokni, Thorup and
// Zadimoghaddam, 2016) where the load of each node is known.
package hashring

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
)

// DefaultVirtualNodes is the number of points a node has on the ring: enough that the
// largest of ten nodes carries about a tenth more than the mean.
const DefaultVirtualNodes = 256

type point struct {
	hash uint64
	node string
}

// Ring is a set of nodes. It is immutable and safe for concurrent use; another set of
// nodes is another ring, and two rings agree on every key whose node is in both and was
// not taken over by a node added.
type Ring struct {
	points []point
	nodes  []string
}

// New makes a ring of the given nodes with virtualNodes points each (DefaultVirtualNodes
// when 0). It refuses no nodes, empty names and repeated ones.
func New(virtualNodes int, nodes ...string) (*Ring, error) {
	if len(nodes) == 0 {
		return nil, fmt.Errorf("hash ring: no nodes")
	}
	if virtualNodes == 0 {
		virtualNodes = DefaultVirtualNodes
	}
	r := &Ring{nodes: slices.Clone(nodes)}
	slices.Sort(r.nodes)
	for i, node := range r.nodes {
		if node == "" || i > 0 && node == r.nodes[i-1] {
			return nil, fmt.Errorf("hash ring: node %q is empty or repeated", node)
		}
		for v := range virtualNodes {
			r.points = append(r.points, point{hash: Hash(fmt.Sprintf("%s#%d", node, v)), node: node})
		}
	}
	slices.SortFunc(r.points, func(a, b point) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		if a.node < b.node {
			return -1
		}
		return 1
	})
	return r, nil
}

// Hash places a key on the ring. It is the same on every machine and in every version.
func Hash(key string) uint64 {
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:8])
}

// Nodes returns the nodes in order of their names.
func (r *Ring) Nodes() []string { return slices.Clone(r.nodes) }

// Node returns the node that key belongs to.
func (r *Ring) Node(key string) string { return r.points[r.at(key)].node }

// NodeBounded returns the first node, from key's place onwards, that has less than
// factor times the mean load, counting the key itself. load tells how many keys a node
// has now. factor is above 1; 1.25 is usual.
func (r *Ring) NodeBounded(key string, factor float64, load func(node string) int) string {
	total := 1
	for _, n := range r.nodes {
		total += load(n)
	}
	limit := int(math.Ceil(factor * float64(total) / float64(len(r.nodes))))
	start := r.at(key)
	for i := range r.points {
		p := r.points[(start+i)%len(r.points)]
		if load(p.node) < limit {
			return p.node
		}
	}
	return r.points[start].node // factor of 1 or less: no node has room
}

func (r *Ring) at(key string) int {
	h := Hash(key)
	i := sort.Search(len(r.points), func(i int) bool { return r.points[i].hash >= h })
	if i == len(r.points) {
		return 0
	}
	return i
}
