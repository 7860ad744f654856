// Package routing decides who serves whom: it owns queues, the agents who are signed in to the floor, the order in line
// and the offers.
package routing
