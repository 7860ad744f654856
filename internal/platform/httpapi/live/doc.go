// Package live tells pages at once what has changed, over one WebSocket per tab at /api/live.
//
// # Protocol
//
// The client opens /api/live, or /api/live?stream=ID&seq=N to go on where it was. The server sends text
// messages, JSON, in this order:
//
//	{"type":"hello","stream":"ID","seq":N,"resumed":true}       always first
//	{"type":"snapshot","seq":N,"data":{"topic":any}}            when not resumed; also later, when the client was left behind
//	{"type":"event","seq":N,"topic":"t","at":"time","data":any} each change; at is when it was published
//	{"type":"beat"}                                             every 20 s; silence of 45 s means the connection is dead
//
// The numbers of one stream rise by one with each event. A snapshot stands for everything up to its number,
// so what follows it is complete. A topic that could not be read is left out of the snapshot; the page then
// asks for it by HTTP. The client may send {"type":"ping"} and gets {"type":"pong"}; anything else it sends
// ends the connection.
//
// # Streams
//
// A stream belongs to one user on one node and is shared by his tabs. It is made with his first connection,
// remembers the last events (bounded by count and bytes), and is forgotten 2 minutes after his last
// connection ended; until then a returning client gets exactly what it missed. After that, on another node,
// or too far behind, it gets a snapshot. What is published to a user without a stream is not kept: there is
// nobody to tell, and who comes later starts from a snapshot.
//
// # Invariants
//
//   - Publish and Broadcast never wait for a client, the network or the bus.
//   - A client sees each event of its stream exactly once and in order, or a snapshot in between.
//   - Memory per client does not depend on how slow it is: a connection holds its place in the stream, not
//     a queue. Who falls behind the stream's memory gets a snapshot; who takes no bytes for 10 s is cut by the hub's tick.
//   - An event is encoded once; only its number is written per stream.
//
// # Nodes
//
// With a bus, events go to all nodes on live.user.ID and live.all; each node has its own streams and
// numbers. The own node does not wait for the bus: when the bus is away, its users still hear what happens
// on their node.
//
// # Locks
//
// Hub.mu guards the maps of streams and connections; stream.mu guards one stream's memory. stream.mu may be
// taken under Hub.mu, never the other way round. No lock is held while writing to a client or calling a
// snapshot function.
//
// # Disconnecting
//
// Disconnect closes a user's connections on this node with 4401, after a session or right of theirs ended. A page
// whose session still holds reconnects with its place; any other is refused by the guard before it gets here.
//
// # Stopping
//
// Stop refuses new connections, closes those open with 1012 (service restart), which tells clients to come
// back at once with their place, and returns when none is left.
package live
