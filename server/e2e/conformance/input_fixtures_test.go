//go:build conformance

package conformance

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// A round is one call of a tool that asks its caller for something: in is what
// the caller answered to the round before.
type round func(ctx context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error)

func asking(name, description string, next round, options ...mcp.ToolOption) server.ServerTool {
	return server.ServerTool{
		Tool: mcp.NewTool(name, append(options, mcp.WithDescription(description))...),
		Handler: func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return next(ctx, r.Params.MultiRoundTripParams)
		},
	}
}

func ask(state string) *server.InputRequestBuilder { return server.NewInputRequestBuilder(state) }

// form asks for one value.
func form(message, name, kind string) mcp.ElicitationParams {
	return mcp.ElicitationParams{Message: message, RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{name: map[string]any{"type": kind}}, "required": []string{name},
	}}
}

// filled is what the user filled into a form, "" if nothing.
func filled(in mcp.InputResponses, id, name string) string {
	answer := server.ElicitationResponse(in, id)
	if answer == nil {
		return ""
	}
	fields, _ := answer.Content.(map[string]any)
	if fields[name] == nil {
		return ""
	}
	return fmt.Sprint(fields[name])
}

func question(text string) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: 100, Messages: []mcp.SamplingMessage{
		{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)},
	}}
}

// sampled reports whether the client's model answered.
func sampled(in mcp.InputResponses, id string) bool { return server.SamplingResponse(in, id) != nil }

// seal is a state that only unseal accepts.
type seal []byte

func newSeal() seal {
	key := make(seal, sha256.Size)
	_, _ = rand.Read(key)
	return key
}

func (s seal) sign(state string) string {
	h := hmac.New(sha256.New, s)
	h.Write([]byte(state))
	return state + "." + hex.EncodeToString(h.Sum(nil))
}

var errForged = errors.New("the requestState is not one of this server's")

func (s seal) open(signed string) (string, error) {
	state, _, _ := strings.Cut(signed, ".")
	if !hmac.Equal([]byte(s.sign(state)), []byte(signed)) {
		return "", errForged
	}
	return state, nil
}

// inputFixtures ask for more before they answer (MCP 2026-07-28, "Multi
// Round-Trip Requests").
func inputFixtures() []server.ServerTool {
	key := newSeal()
	const prefix = "test_input_required_result_"
	return []server.ServerTool{
		asking(prefix+"elicitation", "Asks the user for a name.", func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if name := filled(in.InputResponses, "user_name", "name"); name != "" {
				return mcp.NewToolResultText("Hello, " + name + "!"), nil
			}
			return ask("").Elicit("user_name", form("What is your name?", "name", "string")).ToolResult(), nil
		}),
		asking(prefix+"sampling", "Asks the model.", func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if sampled(in.InputResponses, "capital_question") {
				return mcp.NewToolResultText("the model answered"), nil
			}
			return ask("").Sample("capital_question", question("What is the capital of France?")).ToolResult(), nil
		}),
		asking(prefix+"list_roots", "Asks for the client's roots.", func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if roots := server.RootsResponse(in.InputResponses, "client_roots"); roots != nil {
				return mcp.NewToolResultText(fmt.Sprintf("Found %d roots", len(roots.Roots))), nil
			}
			return ask("").Roots("client_roots").ToolResult(), nil
		}),
		asking(prefix+"request_state", "Gives a state along.", confirmed(key)),
		asking(prefix+"tampered_state", "Gives a state along.", confirmed(key)),
		asking(prefix+"multiple_inputs", "Asks for several things at once.", severalInputs(key)),
		asking(prefix+"multi_round", "Asks twice.", severalRounds(key)),
		asking(prefix+"capabilities", "Asks only for what the client can do.", func(ctx context.Context, _ mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			b, can := ask(""), capabilities(ctx)
			if can.Sampling != nil {
				b.Sample("sampled", question("Say hello."))
			}
			if can.Elicitation != nil {
				b.Elicit("filled", form("Any value?", "value", "string"))
			}
			return b.ToolResult(), nil
		}),
		asking("test_streaming_elicitation", "Asks the user on the stream of the answer.", func(context.Context, mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			return ask("").Elicit("user_name", form("What is your name?", "name", "string")).ToolResult(), nil
		}),
		asking("test_missing_capability", "Needs a client that can sample.", func(ctx context.Context, _ mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
			if capabilities(ctx).Sampling == nil {
				return nil, mcp.MissingRequiredClientCapabilityError{Capability: "sampling"}
			}
			return mcp.NewToolResultText("the client can sample"), nil
		}),
	}
}

func capabilities(ctx context.Context) mcp.ClientCapabilities {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.ClientCapabilities != nil {
		return *info.ClientCapabilities
	}
	return mcp.ClientCapabilities{}
}

// confirmed asks for a confirmation, with a state that must come back.
func confirmed(key seal) round {
	return func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
		if in.RequestState != "" {
			if _, err := key.open(in.RequestState); err != nil {
				return nil, err
			}
			if filled(in.InputResponses, "confirm", "ok") == "true" {
				return mcp.NewToolResultText("state-ok"), nil
			}
		}
		return ask(key.sign("confirm")).Elicit("confirm", form("Please confirm", "ok", "boolean")).ToolResult(), nil
	}
}

func severalInputs(key seal) round {
	return func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
		name := filled(in.InputResponses, "user_name", "name")
		if in.RequestState != "" && name != "" && sampled(in.InputResponses, "greeting") && server.RootsResponse(in.InputResponses, "client_roots") != nil {
			if _, err := key.open(in.RequestState); err != nil {
				return nil, err
			}
			return mcp.NewToolResultText("Hello, " + name + "!"), nil
		}
		return ask(key.sign("several")).Elicit("user_name", form("What is your name?", "name", "string")).
			Sample("greeting", question("Generate a greeting")).Roots("client_roots").ToolResult(), nil
	}
}

func severalRounds(key seal) round {
	return func(_ context.Context, in mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
		state := ""
		if in.RequestState != "" {
			var err error
			if state, err = key.open(in.RequestState); err != nil {
				return nil, err
			}
		}
		name, color := filled(in.InputResponses, "step1", "name"), filled(in.InputResponses, "step2", "color")
		before, second := strings.CutPrefix(state, "name:")
		switch {
		case second && color != "":
			return mcp.NewToolResultText(before + " likes " + color), nil
		case state == "first" && name != "":
			return ask(key.sign("name:"+name)).Elicit("step2", form("Step 2: What is your favorite color?", "color", "string")).ToolResult(), nil
		}
		return ask(key.sign("first")).Elicit("step1", form("Step 1: What is your name?", "name", "string")).ToolResult(), nil
	}
}

// promptInput is a prompt that asks for more.
func promptInput(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	if about := filled(r.Params.InputResponses, "user_context", "context"); about != "" {
		return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{
			mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent("Prompt with context: "+about)),
		}}, nil
	}
	return ask("").Elicit("user_context", form("What context should the prompt use?", "context", "string")).PromptResult(), nil
}
