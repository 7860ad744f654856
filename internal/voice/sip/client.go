package sip

import (
	"context"
	"errors"
	"strings"

	"github.com/emiago/sipgo/sip"
	icholy "github.com/icholy/digest"
)

// errNoAnswer says that nothing came back in the time of the transaction (64*T1) or of the context.
var errNoAnswer = errors.New("no answer to the request")

// Do sends a request outside a dialog and waits for its final answer; package trunk asks and
// registers by it. Via and Max-Forwards are added.
func (a *Agent) Do(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	e, err := a.endpoint(req.Transport())
	if err != nil {
		return nil, err
	}
	if req.Via() == nil {
		req.PrependHeader(&sip.ViaHeader{
			ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: e.network, Host: e.host, Port: e.port,
			Params: sip.HeaderParams{{K: "branch", V: sip.GenerateBranch()}, {K: "rport"}},
		})
	}
	if req.MaxForwards() == nil {
		hops := sip.MaxForwardsHeader(70)
		req.AppendHeader(&hops)
	}
	req.Laddr = e.local
	return a.send(ctx, req)
}

// send runs a non-INVITE transaction, or a re-INVITE's, and gives the final answer. ctx ends it
// early; the transaction itself ends after 32 s.
func (a *Agent) send(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	tx, err := a.begin(ctx, req)
	if err != nil {
		return nil, err
	}
	for {
		select {
		case res := <-tx.Responses():
			if res.StatusCode < 200 {
				continue
			}
			// A refused INVITE's transaction stays: it acknowledges repeated refusals.
			if req.Method != sip.INVITE || res.IsSuccess() {
				tx.Terminate()
			}
			return res, nil
		case <-tx.Done():
			return nil, txError(tx)
		case <-ctx.Done():
			tx.Terminate()
			return nil, errors.Join(errNoAnswer, context.Cause(ctx))
		}
	}
}

// begin starts a client transaction. A connection that must be made first is given five seconds.
func (a *Agent) begin(ctx context.Context, req *sip.Request) (*sip.ClientTx, error) {
	if err := a.connect(ctx, req); err != nil {
		return nil, err
	}
	return a.tx.Request(ctx, req)
}

func txError(tx *sip.ClientTx) error {
	err := tx.Err()
	if err == nil || errors.Is(err, sip.ErrTransactionTimeout) {
		return errors.Join(errNoAnswer, err)
	}
	return err
}

// login is the name and password by which a trunk knows us.
type login struct{ user, password string }

// authorize adds to req the answer to the challenge in res. It reports false when there is no login or
// no challenge that we can answer.
func (lg *login) authorize(req *sip.Request, res *sip.Response) bool {
	if lg == nil || lg.user == "" {
		return false
	}
	ask, answer := "www-authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "proxy-authenticate", "Proxy-Authorization"
	}
	for _, h := range res.GetHeaders(ask) {
		c, err := icholy.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		for i := range c.QOP {
			c.QOP[i] = strings.TrimSpace(c.QOP[i])
		}
		if !icholy.CanDigest(c) || len(c.QOP) > 0 && !c.SupportsQOP("auth") {
			continue
		}
		credentials, err := icholy.Digest(c, icholy.Options{
			Method: string(req.Method), URI: req.Recipient.String(), Count: 1, Username: lg.user, Password: lg.password,
		})
		if err != nil {
			continue
		}
		for req.RemoveHeader(answer) {
		}
		req.AppendHeader(sip.NewHeader(answer, credentials.String()))
		return true
	}
	return false
}

// challenged reports an answer that asks for credentials.
func challenged(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}
