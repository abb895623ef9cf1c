package jsonrpc

// TakesForms reports whether the client can be asked to have its user fill in a form. It
// can if it has declared elicitation, unless of pages alone, and there is a way to ask it.
func (s *Session) TakesForms() bool {
	can := s.GetClientCapabilities().Elicitation
	return s.requester != nil && can != nil && (can.Form != nil || can.URL == nil)
}
