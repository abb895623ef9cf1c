package jsonrpc

import (
	"context"
	"errors"
	"testing"
)

func TestCalls(t *testing.T) {
	t.Parallel()
	calls := NewCalls(3)
	begin := func(key string) (context.Context, func() bool) {
		t.Helper()
		ctx, end, err := calls.Begin(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return ctx, end
	}
	one, endOne := begin("1")
	if _, _, err := calls.Begin(t.Context(), "1"); !errors.Is(err, ErrInUse) {
		t.Errorf("the same key: %v", err)
	}
	nameless, endNameless := begin("")
	two, endTwo := begin("2")
	if _, _, err := calls.Begin(t.Context(), "4"); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	calls.Cancel("")
	calls.Cancel("3")
	calls.Cancel("1")
	if !errors.Is(context.Cause(one), ErrCancelled) || nameless.Err() != nil || two.Err() != nil {
		t.Errorf("cancelled: %v, %v, %v", context.Cause(one), context.Cause(nameless), context.Cause(two))
	}
	calls.CancelAll(ErrGone)
	if !errors.Is(context.Cause(one), ErrCancelled) || !errors.Is(context.Cause(two), ErrGone) {
		t.Errorf("all cancelled: %v, %v", context.Cause(one), context.Cause(two))
	}
	if !endOne() || endOne() || endTwo() || endNameless() || calls.Len() != 0 {
		t.Errorf("the client has cancelled the first call alone; %d are in flight", calls.Len())
	}
	again, endAgain := begin("1")
	if endOne() || again.Err() != nil || calls.Len() != 1 {
		t.Error("the end of an earlier call has ended that with its key")
	}
	if endAgain() || again.Err() == nil {
		t.Error("the context outlives its call")
	}
}
