package sip

import (
	"weak"

	"github.com/emiago/sipgo/sip"
)

// TransactionHeld gives a way to ask whether anything still holds the transaction of their INVITE, which the leg has
// until their ACK.
func (l *Leg) TransactionHeld() func() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	tx := weak.Make(l.tx)
	return func() bool { return tx.Value() != nil }
}

// LoseToCancel answers with 200, with something happening between the decision to answer and the
// sending: the moment in which sipgo may send a 487 by itself.
func (l *Leg) LoseToCancel(between func()) error {
	l.mu.Lock()
	err := l.decide()
	req, tx := l.req, l.tx
	l.mu.Unlock()
	if err != nil {
		return err
	}
	between()
	if err := tx.Respond(l.agent.response(req, sip.StatusOK)); err != nil {
		return l.notAnswered(req, tx, err)
	}
	return nil
}
