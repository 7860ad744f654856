package routing

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"yingda/internal/platform/httpapi"
	"yingda/internal/routing/engine"
)

type myAgentResponse struct{ Body MyAgent }

type signInRequest struct {
	Body struct {
		Phone    string            `json:"phone" privacy:"-" minLength:"1" maxLength:"32" doc:"Number of a desk phone"`
		State    engine.AgentState `json:"state,omitempty" enum:"ready,break" doc:"Default ready"`
		Reason   string            `json:"reason,omitempty" maxLength:"32" doc:"Code of a break"`
		TakeOver bool              `json:"take_over,omitempty" doc:"From another place where you are signed in"`
	}
}

type stateRequest struct {
	Body struct {
		State  engine.AgentState `json:"state" enum:"ready,break"`
		Reason string            `json:"reason,omitempty" maxLength:"32" doc:"Code of a break"`
	}
}

type wrapUpRequest struct {
	Body struct {
		On bool `json:"on" doc:"true: work after the present contact; false: it is done"`
	}
}

func mineOf(v MyAgent, err error) (*myAgentResponse, error) {
	if err != nil {
		return nil, err
	}
	return &myAgentResponse{v}, nil
}

func (s *Service) registerMine(a *httpapi.API) {
	tags := []string{"agent"}
	live := "Live: the topic agent tells this account each change."
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/agent", ID: "get-my-agent", Tags: tags, Permission: string(AgentWork),
		Summary: "How you work on the floor", Description: live + " Also a sign of life of the page: ask once a minute.",
	}, func(ctx context.Context, _ *struct{}) (*myAgentResponse, error) { return mineOf(s.MyAgent(ctx)) })
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/agent/sign-in", ID: "sign-in-agent", Tags: tags, Permission: string(AgentWork),
		Summary: "Sign in to the floor at a phone", Description: "Answers 409 routing.signed_in_elsewhere when you are signed in in another place: say take_over then.",
	}, func(ctx context.Context, in *signInRequest) (*myAgentResponse, error) {
		return mineOf(s.SignInAgent(ctx, SignIn{Phone: in.Body.Phone, State: in.Body.State, Reason: in.Body.Reason, TakeOver: in.Body.TakeOver}))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/agent/state", ID: "set-agent-state", Tags: tags, Permission: string(AgentWork),
		Summary: "Be ready, or take a break", Description: "After the present contact.",
	}, func(ctx context.Context, in *stateRequest) (*myAgentResponse, error) {
		if in.Body.State == engine.OnBreak {
			return mineOf(s.TakeBreak(ctx, in.Body.Reason))
		}
		return mineOf(s.GetReady(ctx))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/agent/wrap-up", ID: "set-agent-wrap-up", Tags: tags, Permission: string(AgentWork),
		Summary: "Ask for work after the contact, or end it",
	}, func(ctx context.Context, in *wrapUpRequest) (*myAgentResponse, error) {
		if in.Body.On {
			return mineOf(s.WantWrapUp(ctx))
		}
		return mineOf(s.EndWrapUp(ctx))
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/agent/sign-out", ID: "sign-out-agent", Tags: tags, Permission: string(AgentWork),
		Summary: "Leave the floor", Description: "After the present contact.",
	}, func(ctx context.Context, _ *struct{}) (*myAgentResponse, error) { return mineOf(s.SignOutAgent(ctx)) })
}

type agentsResponse struct {
	Body struct {
		Items []AgentView `json:"items"`
	}
}

type forceRequest struct {
	Staff string `path:"staff" format:"uuid"`
	Body  struct {
		State  Force  `json:"state" enum:"ready,break,sign_out"`
		Reason string `json:"reason,omitempty" maxLength:"32" doc:"Code of a break"`
		Why    string `json:"why" minLength:"1" maxLength:"400" doc:"Stands in the audit"`
	}
}

type agentResponse struct{ Body AgentView }

func (s *Service) registerAgents(a *httpapi.API) {
	tags := []string{"routing-agents"}
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodGet, Path: "/api/agents", ID: "list-agents", Tags: tags, Permission: string(AgentRead),
		Summary: "Agents who are signed in", Description: "Those of centres in your scope. Live: the topic agents.changed, at most once a second.",
	}, func(ctx context.Context, _ *struct{}) (*agentsResponse, error) {
		list, err := s.Agents(ctx)
		if err != nil {
			return nil, err
		}
		out := &agentsResponse{}
		out.Body.Items = list
		return out, nil
	})
	httpapi.Register(a, httpapi.Route{
		Method: http.MethodPost, Path: "/api/agents/{staff}/force", ID: "force-agent", Tags: tags, Permission: string(AgentForce),
		Summary: "Force an agent ready, on a break or out", Description: "At once for who waits, else after the contact.",
	}, func(ctx context.Context, in *forceRequest) (*agentResponse, error) {
		id, err := uuid.Parse(in.Staff)
		if err != nil {
			return nil, ErrNoAgent
		}
		v, err := s.ForceAgent(ctx, id, in.Body.State, in.Body.Reason, in.Body.Why)
		if err != nil {
			return nil, err
		}
		return &agentResponse{v}, nil
	})
}
