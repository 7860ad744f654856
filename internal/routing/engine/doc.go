// Package engine decides who is served by whom. It is a pure state machine: events and times go in, effects come out;
// the same events give the same effects and the same [Engine.Hash], so that a journal of events replays.
package engine
