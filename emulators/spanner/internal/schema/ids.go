package schema

// NextID returns the number that the next table, index or column gets.
func (c *Catalog) NextID() uint32 { return c.nextID }

// From returns the catalog with the numbers below id taken: those of a change
// that came to nothing may be found in rows.
func (c *Catalog) From(id uint32) *Catalog {
	out := *c
	out.nextID = max(out.nextID, id)
	return &out
}
