//go:build density

package server

import "testing"

func TestTwoHundredConversationsAtOnce(t *testing.T) { crowd(t, 200, 20) }
