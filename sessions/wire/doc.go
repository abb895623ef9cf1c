// Package wire defines the data plane of Azure Container Apps dynamic sessions on
// the wire, for the client in sessions/azure and the service in sessions/rest.
//
// Two generations of the API are in use. Their paths differ:
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
// Wrapped bodies put their content below "properties"; flat ones do not. Every call
// has api-version and identifier in its query. Sources are the swagger
// documents of Azure/azure-rest-api-specs (specification/app/data-plane,
// 2024-10-02-preview to 2025-10-02-preview) and recorded traffic, which
// testdata/azure names.
//
// Objects in answers begin with the "$id" of .NET's serializer (see [Numbered]),
// and times have seven digits ([Time]). Bodies may have further keys; readers
// ignore unknown ones. [Details] is such a key: it has what a [sessions.Execution]
// knows and Azure's answer has no place for. This program sends it to callers
// that request it with [HeaderDetails].
package wire
