package pubsub

// consumer is the flow-control account of one pulling stream: what it has been sent and
// nobody has acknowledged or refused yet, over whichever call that happens. The
// backlog's lock guards it. A nil consumer has no limit.
type consumer struct {
	maxMessages, maxBytes int64 // 0 is unlimited
	messages, bytes       int64
}

// hasRoom always admits one message, however large, so that none is stuck.
func (c *consumer) hasRoom(size int64) bool {
	if c == nil || c.messages == 0 {
		return true
	}
	return (c.maxMessages <= 0 || c.messages < c.maxMessages) &&
		(c.maxBytes <= 0 || c.bytes+size <= c.maxBytes)
}

func (c *consumer) add(size int64) {
	if c != nil {
		c.messages++
		c.bytes += size
	}
}

func (c *consumer) remove(size int64) {
	c.messages--
	c.bytes -= size
}
