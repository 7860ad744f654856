package projection_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
)

func TestWholeCallIsOneRecordWithItsHops(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := projection.New(b.config)
	id, began := uuid.Must(uuid.NewV7()), now()
	require.NoError(t, b.journal.Sure(t.Context(), call(id, began, "13812345678")...))
	b.projected(t, p)

	row := b.one(t, `SELECT caller, queue_id, agent_id, first_agent_id, outcome, talk_ms, wrap_ms, queued_ms, hop_count, ended_by, sip, opened, ended_at,
		caller_sealed FROM interaction.contact WHERE id = $1`, id)
	require.Equal(t, "+86138****5678", row["caller"])
	require.Equal(t, "answered_by_agent", row["outcome"])
	require.Equal(t, [16]byte(li), row["agent_id"])
	require.Equal(t, int64(1000), row["talk_ms"])
	require.Equal(t, int64(1000), row["wrap_ms"])
	require.Equal(t, int64(3000), row["queued_ms"])
	require.Equal(t, int32(12), row["hop_count"])
	require.WithinDuration(t, began.Add(9*time.Second), row["ended_at"].(time.Time), 0)
	plain, err := b.ring.Open(interaction.PurposeCaller, interaction.CallerContext(id), row["caller_sealed"].([]byte))
	require.NoError(t, err)
	require.Equal(t, "13812345678", string(plain))
	require.EqualValues(t, 12, b.count(t, `SELECT count(*) FROM interaction.hop WHERE contact_id = $1`, id))
}

// TestAnyOrderInAnyPiecesGivesTheSameRow writes the entries of calls shuffled, some twice, in messages of random sizes, to
// two journals, projected by processes that come and go.
func TestAnyOrderInAnyPiecesGivesTheSameRow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.newJournal(t, "b")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	began := now()
	var entries []interaction.Entry
	const calls = 12
	straight := uuid.Must(uuid.NewV7())
	require.NoError(t, b.journal.Sure(t.Context(), call(straight, began, "13812345678")...))
	for range calls {
		entries = append(entries, call(uuid.Must(uuid.NewV7()), began, "")...)
	}
	for i := len(entries) / 5; i > 0; i-- {
		entries = append(entries, entries[random.IntN(len(entries))])
	}
	random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	p := projection.New(b.config)
	for len(entries) > 0 {
		n := min(len(entries), 1+random.IntN(12))
		j := b.journal
		if random.IntN(2) == 0 {
			j = other
		}
		require.NoError(t, j.Sure(t.Context(), entries[:n]...))
		entries = entries[n:]
		switch random.IntN(3) {
		case 0:
			b.projected(t, p)
		case 1:
			p = projection.New(b.config) // knows nothing
		}
	}
	b.projected(t, projection.New(b.config))

	const columns = `began_at, opened, node, called, flow, queue_id, last_queue_id, answered_at, key_at, enqueued_at, offered_at, ringing_at, accepted_at,
		talking_at, ended_at, wrapped_at, last_at, queued_ms, ring_ms, talk_ms, hold_ms, wrap_ms, offers, first_agent_id, agent_id, outcome, ended_by, sip, q850, hop_count`
	want := b.one(t, `SELECT `+columns+` FROM interaction.contact WHERE id = $1`, straight)
	rows := b.rows(t, `SELECT `+columns+` FROM interaction.contact WHERE id <> $1`, straight)
	require.Len(t, rows, calls)
	for _, row := range rows {
		require.Equal(t, want, row)
	}
	require.EqualValues(t, 12*(calls+1), b.count(t, `SELECT count(*) FROM interaction.hop`))
	require.EqualValues(t, 0, b.count(t, `SELECT count(*) FROM interaction.unprojected`))
}

func TestOfTwoProjectorsOneWritesAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := projection.New(b.config), projection.New(b.config)
	b.projected(t, first)
	b.projected(t, second)
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	b.projected(t, first)
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	_, err := second.Project(t.Context()) // its position is old
	require.Error(t, err)
	require.EqualValues(t, 1, b.count(t, `SELECT count(*) FROM interaction.contact`), "who does not lead writes nothing")

	start(t, first)
	start(t, second)
	for range 30 {
		require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	}
	b.eventually(t, 32, 20*time.Second)
	stop(t, first)
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	b.eventually(t, 33, 20*time.Second)
	require.EqualValues(t, 33*12, b.count(t, `SELECT count(*) FROM interaction.hop`))
}

func (b *bundle) eventually(t testing.TB, contacts int64, within time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool { return b.count(t, `SELECT count(*) FROM interaction.contact`) == contacts }, within, 20*time.Millisecond)
}

func TestWhatCannotBeWrittenIsPutAsideAndStopsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := projection.New(b.config)
	good, bad, before := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	entries := call(good, now(), "13812345678")
	nul := interaction.Entry{Hop: &interaction.Hop{Contact: bad, Seq: 1, Kind: interaction.Dialled, At: now(), Detail: interaction.Detail{Reason: "a\x00b"}}}
	far := interaction.Entry{Hop: &interaction.Hop{Contact: before, Seq: 1, Kind: interaction.Dialled, At: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)}}
	entries = append(entries[:5:5], append([]interaction.Entry{nul, far, {}}, entries[5:]...)...)
	require.NoError(t, b.journal.Sure(t.Context(), entries...))
	stream, err := interaction.OpenStream(t.Context(), b.bus, 0)
	require.NoError(t, err)
	_, err = stream.Append(t.Context(), interaction.SubjectEntries, "", []byte("this is not sealed"))
	require.NoError(t, err)
	after := uuid.Must(uuid.NewV7())
	require.NoError(t, b.journal.Sure(t.Context(), call(after, now(), "")...))
	b.projected(t, p)

	require.EqualValues(t, 2, b.count(t, `SELECT count(*) FROM interaction.contact WHERE outcome = 'answered_by_agent' AND hop_count = 12`))
	require.EqualValues(t, 24, b.count(t, `SELECT count(*) FROM interaction.hop`))
	aside := b.rows(t, `SELECT position, place, cause, whole FROM interaction.unprojected ORDER BY position, place`)
	require.Len(t, aside, 4)
	require.Equal(t, []any{int32(5), int32(6), int32(7), int32(-1)}, []any{aside[0]["place"], aside[1]["place"], aside[2]["place"], aside[3]["place"]})
	require.Contains(t, aside[0]["cause"], "22P05")
	require.Equal(t, true, aside[3]["whole"])
	for _, f := range p.Health().Check(t.Context()) {
		require.Equal(t, "interaction.unprojected", f.Warning.Code)
		return
	}
	t.Fatal("health says nothing")
}

func TestCallersOfSevenDaysAndTheContactBeforeAreRelated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := projection.New(b.config)
	first, old, again, after, stranger := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	at := now()
	require.NoError(t, b.journal.Sure(t.Context(), call(old, at.AddDate(0, 0, -14), "13812345678")...))
	require.NoError(t, b.journal.Sure(t.Context(), call(first, at.AddDate(0, 0, -6), "+8613812345678")...))
	b.projected(t, p)
	require.NoError(t, b.journal.Sure(t.Context(), call(stranger, at, "13812345679")...))
	require.NoError(t, b.journal.Sure(t.Context(), call(again, at, "13812345678")...))
	dropped := call(after, at.Add(time.Second), "013812345678")
	dropped[0].Open.Parent = again
	require.NoError(t, b.journal.Sure(t.Context(), dropped...))
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), at, "anonymous")...))
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), at, "anonymous")...))
	b.projected(t, p)
	rows := b.rows(t, `SELECT contact_id, other_id, why FROM interaction.related ORDER BY contact_id, other_id, why`)
	got := []string{}
	for _, r := range rows {
		got = append(got, fmt.Sprint(uuid.UUID(r["contact_id"].([16]byte)), " ", uuid.UUID(r["other_id"].([16]byte)), " ", r["why"]))
	}
	require.ElementsMatch(t, []string{
		fmt.Sprint(again, " ", first, " same_caller_7d"),
		fmt.Sprint(after, " ", first, " same_caller_7d"),
		fmt.Sprint(after, " ", again, " same_caller_7d"),
		fmt.Sprint(after, " ", again, " parent"),
	}, got)
}

func TestNewestDispositionAndNoteStand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := projection.New(b.config)
	id, began, one, two, three := uuid.Must(uuid.NewV7()), now(), uuid.New(), uuid.New(), uuid.New()
	say := func(revision int64, codes ...uuid.UUID) interaction.Entry {
		return interaction.Entry{Disposition: &interaction.Disposed{Contact: id, By: li, At: now(), Codes: codes, Revision: revision}}
	}
	note := func(revision int64, text string) interaction.Entry {
		return interaction.Entry{Note: &interaction.Noted{Contact: id, By: li, At: now(), Text: text, Revision: revision}}
	}
	require.NoError(t, b.journal.Sure(t.Context(), append(call(id, began, ""), say(1, one), note(2, "second"))...))
	b.projected(t, p)
	require.NoError(t, b.journal.Sure(t.Context(), say(3, two, three), say(2, one), note(1, "first")))
	b.projected(t, projection.New(b.config))
	rows := b.rows(t, `SELECT place, code_id, revision FROM interaction.contact_disposition ORDER BY place`)
	require.Len(t, rows, 2)
	require.Equal(t, [16]byte(two), rows[0]["code_id"])
	require.Equal(t, [16]byte(three), rows[1]["code_id"])
	row := b.one(t, `SELECT disposition_id, noted FROM interaction.contact`)
	require.Equal(t, [16]byte(two), row["disposition_id"])
	require.Equal(t, true, row["noted"])
	sealed := b.one(t, `SELECT text FROM interaction.contact_note`)["text"].([]byte)
	plain, err := b.ring.Open(interaction.PurposeNote, interaction.NoteContext(id, li), sealed)
	require.NoError(t, err)
	require.Equal(t, "second", string(plain))
}

func TestSpansEndWhereTheNextBegins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	session, at := uuid.New(), now()
	span := func(seq uint64, state string, second int) interaction.Entry {
		return interaction.Entry{Span: &interaction.AgentSpan{Agent: li, Session: session, Seq: seq, State: state, At: at.Add(time.Duration(second) * time.Second)}}
	}
	p := projection.New(b.config)
	for _, entries := range [][]interaction.Entry{
		{span(1, "ready", 0), span(2, "ringing", 10)}, {span(3, "talking", 12)}, {span(6, "ready", 50), span(6, "ready", 50)},
		{span(4, "wrap_up", 30)}, {span(5, "break", 40), span(2, "ringing", 10)}, {span(7, "signed_out", 60)},
	} {
		require.NoError(t, b.journal.Sure(t.Context(), entries...))
		b.projected(t, p)
	}
	var got []string
	for _, r := range b.rows(t, `SELECT state, ended_at - began_at AS lasted FROM interaction.agent_span ORDER BY seq`) {
		lasted, err := json.Marshal(r["lasted"])
		require.NoError(t, err)
		got = append(got, fmt.Sprint(r["state"], " ", string(lasted)))
	}
	s := func(n int) string {
		return fmt.Sprintf(`{"Microseconds":%d,"Days":0,"Months":0,"Valid":true}`, n*1_000_000)
	}
	require.Equal(t, []string{"ready " + s(10), "ringing " + s(2), "talking " + s(18), "wrap_up " + s(10), "break " + s(10), "ready " + s(10), "signed_out " + s(0)}, got)
}

func TestContactWhoseNodeIsGoneIsClosedAsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.config.Living, b.config.Silence = b.journal.Living, time.Millisecond
	p := projection.New(b.config)
	mine, dead, restarted := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	began := now().Add(10 * time.Millisecond)
	for id, node := range map[uuid.UUID]string{mine: "a", dead: "gone", restarted: "a"} {
		entries := call(id, began, "")[:6]
		entries[0].Open.Node = node
		if id == restarted {
			for i := range entries {
				if entries[i].Open != nil {
					entries[i].Open.Began = began.Add(-time.Hour)
				}
			}
		}
		for i := range entries {
			if h := entries[i].Hop; h != nil {
				h.At = h.At.Add(-10 * time.Second)
			}
		}
		require.NoError(t, b.journal.Sure(t.Context(), entries...))
	}
	b.projected(t, p)
	require.NoError(t, p.Sweep(t.Context()))
	require.NoError(t, b.journal.Sure(t.Context(), interaction.Entry{Hop: &interaction.Hop{Contact: mine, Seq: 50, Kind: interaction.Held, At: began}}))
	b.projected(t, p)
	require.EqualValues(t, 3, b.count(t, `SELECT count(*) FROM interaction.contact WHERE outcome = 'open'`), "asked once only")
	require.NoError(t, p.Sweep(t.Context()))
	require.NoError(t, b.journal.Sure(t.Context(), interaction.Entry{Hop: &interaction.Hop{Contact: mine, Seq: 51, Kind: interaction.Resumed, At: began}}))
	b.projected(t, p)
	rows := b.rows(t, `SELECT id FROM interaction.contact WHERE outcome = 'lost'`)
	require.Len(t, rows, 2)
	require.Equal(t, [16]byte(mine), b.one(t, `SELECT id FROM interaction.contact WHERE outcome = 'open'`)["id"])
}

func TestStreamThatWasLostIsWrittenFromItsBeginning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := projection.New(b.config)
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	b.projected(t, p)
	_, err := b.pool.Exec(t.Context(), `UPDATE interaction.projection SET message_id = 'of another stream'`)
	require.NoError(t, err)
	require.NoError(t, b.journal.Sure(t.Context(), call(uuid.Must(uuid.NewV7()), now(), "")...))
	again := projection.New(b.config)
	b.projected(t, again)
	require.EqualValues(t, 2, b.count(t, `SELECT count(*) FROM interaction.contact`))
	require.EqualValues(t, 24, b.count(t, `SELECT count(*) FROM interaction.hop`), "what was written already is written once")
	require.EqualValues(t, 2, b.count(t, `SELECT position FROM interaction.projection`))
}
