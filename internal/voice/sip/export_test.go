package sip

import "github.com/emiago/sipgo/sip"

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
