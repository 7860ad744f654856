package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/httpapi"
)

func ExampleRegister() {
	api := httpapi.New(httpapi.Config{Version: "1", Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})

	type request struct {
		ID string `path:"id"`
	}
	type response struct {
		Body struct {
			Greeting string `json:"greeting"`
		}
	}
	httpapi.Register(api, httpapi.Route{
		Method: http.MethodGet, Path: "/api/greetings/{id}", ID: "get-greeting", Summary: "Greet", Public: true,
	}, func(_ context.Context, in *request) (*response, error) {
		if in.ID != "li" {
			return nil, fault.New(fault.NotFound, "greeting.unknown", "nobody is called %s", in.ID)
		}
		out := &response{}
		out.Body.Greeting = "您好"
		return out, nil
	})

	server := httpapi.NewServer(httpapi.ServerConfig{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err := server.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	server.Open(api)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, who := range []string{"li", "wang"} {
		resp, err := client.Get("http://" + server.Addr().String() + "/api/greetings/" + who)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode, resp.Header.Get("Content-Type"), len(body) > 0)
	}
	_ = server.Stop(context.Background())
	// Output:
	// 200 application/json true
	// 404 application/problem+json true
}
