package routing

import "yingda/internal/routing/engine"

// The words of the engine that nodes speak.
type (
	// Channel is how a contact came.
	Channel = engine.Channel
	// Reservation is of one agent for one contact.
	Reservation = engine.Reservation
	// DeclineReason is why an agent did not take an offer.
	DeclineReason = engine.DeclineReason
	// OrderKind is what the leader wants of a node.
	OrderKind = engine.EffectKind
)

// VoiceChannel is that of calls.
const VoiceChannel = engine.Voice

// What the leader wants of a node; see [Order].
const (
	OrderOffer      = engine.Offer
	OrderWithdraw   = engine.Withdraw
	OrderPlaced     = engine.Placed
	OrderExpelled   = engine.Expelled
	OrderOverflowed = engine.Overflowed
	OrderStale      = engine.Stale
)

// Why an agent did not take an offer; see [Report].
const (
	DidNotAnswer = engine.DidNotAnswer
	WasBusy      = engine.WasBusy
	SaidNo       = engine.SaidNo
	NotReached   = engine.NotReached
	OurFailure   = engine.Failed
)

// Why a contact lost its place without being served; see [Order].
const (
	WhyClosed   = engine.WhyClosed
	WhyFull     = engine.WhyFull
	WhyNoQueue  = engine.WhyNoQueue
	WhyNoAgents = engine.WhyNoAgents
	WhyWaited   = engine.WhyWaited
)
