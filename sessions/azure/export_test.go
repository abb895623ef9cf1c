package azure

// What errors of ParseEndpoint wrap, and what they have in them.
var ErrEndpoint = errEndpoint

const EndpointForm = endpointForm
