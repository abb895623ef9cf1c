package jsonrpc

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// requesterTo is a way to a client whose questions come out of a channel.
func requesterTo(q *Questions) (*ClientRequester, <-chan mcp.JSONRPCRequest, chan struct{}) {
	asked, gone := make(chan mcp.JSONRPCRequest, 2*maxQuestions), make(chan struct{})
	return &ClientRequester{Questions: q, Gone: gone, Send: func(_ context.Context, r mcp.JSONRPCRequest) error {
		asked <- r
		return nil
	}}, asked, gone
}

func TestQuestionsAreBounded(t *testing.T) {
	t.Parallel()
	var q Questions
	requester, asked, gone := requesterTo(&q)
	s := NewSession(0, requester)
	s.SetClientCapabilities(mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapability{}})
	ids := map[any]bool{}
	var asking sync.WaitGroup
	for range maxQuestions {
		asking.Go(func() {
			if _, err := s.RequestElicitation(t.Context(), mcp.ElicitationRequest{}); !errors.Is(err, ErrGone) {
				t.Errorf("got %v", err)
			}
		})
		ids[(<-asked).ID.Value()] = true
	}
	if len(ids) != maxQuestions {
		t.Errorf("%d different ids", len(ids))
	}
	if _, err := s.RequestElicitation(t.Context(), mcp.ElicitationRequest{}); !errors.Is(err, errTooManyQuestions) {
		t.Errorf("one too many: %v", err)
	}
	close(gone)
	asking.Wait()
	if len(q.open) != 0 {
		t.Errorf("%d questions are left", len(q.open))
	}
}

func TestSessionAsksOnlyWhomItMay(t *testing.T) {
	t.Parallel()
	requester, _, _ := requesterTo(&Questions{})
	able := mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapability{}, Sampling: &mcp.SamplingCapability{}}
	for name, s := range map[string]*Session{"no way to ask": NewSession(0, nil), "nothing declared": NewSession(0, requester)} {
		if name == "no way to ask" {
			s.SetClientCapabilities(able)
		}
		_, user := s.RequestElicitation(t.Context(), mcp.ElicitationRequest{})
		_, model := s.RequestSampling(t.Context(), mcp.CreateMessageRequest{})
		_, roots := s.ListRoots(t.Context(), mcp.ListRootsRequest{})
		if !errors.Is(user, server.ErrElicitationNotSupported) || !errors.Is(model, errNoSampling) || !errors.Is(roots, server.ErrRootsNotSupported) {
			t.Errorf("%s: %v, %v, %v", name, user, model, roots)
		}
	}
}

func TestResponsesAreNotTrusted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"result":{"a":1}}`: `{"a":1}`,
		`{"result":{},"error":{"code":-32601,"message":""}}`: "error -32601",
		`{"error":{"code":-1,"message":"no \u0000"}}`:        "error -1",
		`{"error":5}`:     "cannot be read",
		`{"error":null}`:  errNoAnswer.Error(),
		`{"result":null}`: errNoAnswer.Error(),
		`{"result":[1]}`:  errNoAnswer.Error(),
	} {
		got, err := Message{Raw: []byte(text)}.result()
		if err == nil && string(got) != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
}
