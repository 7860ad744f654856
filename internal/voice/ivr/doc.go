// Package ivr reads the flows that callers are walked through.
//
// # Words
//
// A flow is a file of YAML; its name is that of the file. What its nodes mean stands in package ivr/engine, which walks
// callers through it. A sound of a flow is one of package speech by its name, or a WAV file beside the flow.
//
// # Where flows come from
//
// Some come with the program (flows/). The files of a folder come on top, and one of the same name takes the place of
// ours. [Load] reads all once, at the start of a process: a flow does not change under a caller.
//
// # Invariants
//
//   - What is read is right, or nothing is: an unknown field, a node that leads nowhere, a sound that there is not, a
//     loop without a key are each named with file, node and what to do, all at once ([ErrBad]).
//   - Sounds beside flows are decoded once.
//
// # Room left
//
// A designer writes the same files, or gives engine.Flow values by another way; nothing behind [Flows] changes for it.
//
// It owns no tables. Without its folder there are the flows that come with the program.
package ivr
