package routing_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/bus/bustest"
	"yingda/internal/routing"
	"yingda/internal/routing/engine"
)

// routerEnv makes the test binary a router on the bus of this address, until it is killed.
const (
	routerEnv = "YINGDA_TEST_ROUTER"
	queueEnv  = "YINGDA_TEST_QUEUE"
	nodeEnv   = "YINGDA_TEST_NODE"
)

// child runs this test binary again with something in its environment, and waits until it says that it works.
func child(t *testing.T, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "works" {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return cmd
		}
	}
	require.FailNow(t, "the other process does not work")
	return nil
}

// TestChild is what [child] runs; it is nothing by itself.
func TestChild(t *testing.T) {
	url := os.Getenv(routerEnv)
	if url == "" {
		t.Skip("runs in a process of its own")
	}
	c := bustest.Config(t)
	c.URL = url
	b := bustest.Open(t, c)
	q := line(t, "hotline")
	require.NoError(t, q.ID.UnmarshalText([]byte(os.Getenv(queueEnv))))
	if name := os.Getenv(nodeEnv); name != "" {
		n := join(t, routing.ClientConfig{Bus: b, Node: name})
		for i := range 10 {
			n.queue("hotline", fmt.Sprint("1390000", i))
		}
		time.Sleep(time.Second) // places are written behind
	} else {
		open(t, b, "child", routing.TablesOf([]routing.Queue{q}, nil), nil).leads(t)
	}
	fmt.Println("works")
	select {} // until it is killed
}

func tablesFor(t *testing.T) (*routing.Tables, string) {
	q := line(t, "hotline")
	return routing.TablesOf([]routing.Queue{q}, nil), q.ID.String()
}

// TestKilledRouterIsFollowedWithin3s is the line "kill -9 of the router process with 50 waiting on another voice node:
// all keep their place", and architecture section 7.
func TestKilledRouterIsFollowedWithin3s(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	tables, queue := tablesFor(t)
	router := child(t, routerEnv+"="+server.URL(), queueEnv+"="+queue)
	b := server.Open(t)
	n := join(t, routing.ClientConfig{Bus: b, Node: "n"})
	var ids []uuid.UUID
	var first routing.Place
	for i := range 50 {
		id, p := n.queue("hotline", fmt.Sprint("1380000", i))
		require.Equal(t, i+1, p.Position)
		if i == 0 {
			first = p
		}
		ids = append(ids, id)
	}
	epoch := n.Epoch()
	second := open(t, b, "b", tables, nil)
	require.Zero(t, second.Epoch())

	require.NoError(t, router.Process.Kill()) // SIGKILL
	began := time.Now()
	second.leads(t)
	took := time.Since(began)
	require.Less(t, took, 3*time.Second)
	t.Logf("another router decides %s after the kill", took.Round(time.Millisecond))
	require.Greater(t, second.Epoch(), epoch)

	n.Phone("8001", true, false)
	second.signIn(t, "1001", "8001")
	for _, id := range ids {
		o := n.next(engine.Offer)
		require.Equal(t, id, o.Contact)
		n.take(o)
		n.leave(id)
	}
	require.Zero(t, second.Corrections())
	require.Equal(t, queue, first.Queue.String())
}

// TestWhoseNodeWasKilledFindsHisPlaceAgain is "kill -9 of the voice node: all dial again within 2 minutes and find theirs".
func TestWhoseNodeWasKilledFindsHisPlaceAgain(t *testing.T) {
	t.Parallel()
	server := bustest.External(t)
	tables, queue := tablesFor(t)
	b := server.Open(t)
	f := open(t, b, "a", tables, nil)
	f.leads(t)
	dies := child(t, routerEnv+"="+server.URL(), queueEnv+"="+queue, nodeEnv+"=dies")
	n := join(t, routing.ClientConfig{Bus: b, Node: "n"})
	late, p := n.queue("hotline", "13700000000")
	require.Equal(t, 11, p.Position)
	require.NoError(t, dies.Process.Kill())
	require.Eventually(t, func() bool { // silence tells
		v, err := f.Waiting(t.Context(), "hotline")
		return err == nil && v == 1
	}, patience, often)
	for i := range 10 { // in whatever order they dial
		_, p := n.queue("hotline", fmt.Sprint("1390000", 9-i))
		require.True(t, p.KeyAt.Before(time.Now().Add(-time.Second)), "the time of the first key press")
	}
	n.Phone("8001", true, false)
	f.signIn(t, "1001", "8001")
	for i := range 11 {
		o := n.next(engine.Offer)
		if i < 10 {
			require.Equal(t, fmt.Sprintf("%x", fmt.Sprint("1390000", i)), n.marked(o.Contact))
		} else {
			require.Equal(t, late, o.Contact, "who called later is served later")
		}
		n.take(o)
		n.leave(o.Contact)
	}
}

// TestPlacesOutliveTheWholeMachine has router and node die together.
func TestPlacesOutliveTheWholeMachine(t *testing.T) {
	t.Parallel()
	c := bustest.Config(t)
	q := line(t, "hotline")
	tables := routing.TablesOf([]routing.Queue{q}, nil)
	began := func() (*bus.Bus, *floor, *node) {
		b, err := bus.Open(t.Context(), c)
		require.NoError(t, err)
		f := open(t, b, "a", tables, nil)
		n := join(t, routing.ClientConfig{Bus: b, Node: "a", Local: f.Service})
		f.leads(t)
		return b, f, n
	}
	b, f, n := began()
	s := f.signIn(t, "1001", "8001") // his phone is away: all wait
	for i := range 5 {
		n.queue("hotline", fmt.Sprint("1390000", i))
	}
	require.Eventually(t, func() bool { return f.StoredPlaces(t.Context()) == 5 }, patience, often)
	stopAll(t, n, f, b)

	b, f, n = began()
	defer stopAll(t, n, f, b)
	for i := range 5 {
		_, p := n.queue("hotline", fmt.Sprint("1390000", 4-i))
		require.Equal(t, 1, p.Position, "each called before those who are here again")
	}
	n.Phone("8001", true, false)
	require.Eventually(t, func() bool { return f.AgentState(s.Staff) == engine.Reserved }, patience, often)
	o := n.next(engine.Offer)
	require.Equal(t, "1001", o.Desk.Number, "who was signed in still is")
	require.Equal(t, fmt.Sprintf("%x", "13900000"), n.marked(o.Contact))
}

func stopAll(t *testing.T, n *node, f *floor, b *bus.Bus) {
	t.Helper()
	n.stop()
	f.stop(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, b.Stop(ctx))
}
