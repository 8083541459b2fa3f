// Package sagatest plays a saga in a world where everything goes wrong that may: messages
// are delivered twice, late, out of order or not at all, orchestrator and participants
// crash before and after each commit and each publication, participants refuse, gateways
// take their time and deadlines pass. The engine is the real one; store, network and
// participants are in memory, with the semantics of sagadb and barrier. Whatever happens,
// the saga must end and its effects must add up (World.Check).
package sagatest
