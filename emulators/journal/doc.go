// Package journal is the durable store under the emulators: a small ordered map from
// string keys to bytes that survives kill -9 and power loss.
//
// It is a thin layer over Pebble. Write returns when its changes are on disk; writers
// that arrive together share one sync. WriteLazily keeps the order of changes but not
// the last few of them after a crash, which is right for acknowledgements: losing one
// only means a second delivery. Without a directory the store lives in memory.
//
// An emulator keeps its live state in its own structures, writes changes here, and
// rebuilds the structures with Scan when it starts.
package journal
