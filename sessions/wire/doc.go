// Package wire holds what the data plane of Azure Container Apps dynamic
// sessions looks like on the wire, for the client in sessions/azure and the
// service in sessions/rest.
//
// Two generations of the API are in use, told apart by their paths:
//
//	                 Wrapped (2024-02-02-preview)   Flat (2024-10-02-preview and later)
//	run code         POST /code/execute             POST /executions
//	                                                GET  /executions/{id}
//	store a file     POST /files/upload             POST /files
//	list files       GET  /files                    GET  /files
//	describe a file  GET  /files/{name}             GET  /files/{name}
//	fetch a file     GET  /files/content/{name}     GET  /files/{name}/content
//	remove a file    DELETE /files/{name}           DELETE /files/{name}
//	the session                                     GET, DELETE /session
//
// Wrapped bodies put what matters below "properties"; flat ones do not. Every
// call has api-version and identifier in its query. Sources are the swagger
// documents of Azure/azure-rest-api-specs (specification/app/data-plane,
// 2024-10-02-preview to 2025-10-02-preview) and recorded traffic, which
// testdata/azure names.
//
// Objects in answers have the "$id" of .NET's serializer first (see [Numbered]),
// and times its seven digits ([Time]). Bodies of the service may carry keys beyond
// these; readers ignore what they do not know. [Details] is one such key: what a
// [sessions.Execution] knows and Azure's answer has no place for, sent by this
// program to a caller that asks for it with [HeaderDetails].
package wire
