// Package e2etest has what the tests below server/e2e share: it builds the
// program, starts it, talks to it, and installs the clients that run against it.
//
//	program := e2etest.Program(t)
//	server := e2etest.StartWeb(t, program, "--cooldown=2s") // MCP over HTTP: server.URL, server.Token
//	pool := e2etest.StartPool(t, program)                   // the REST API: pool.Endpoint, pool.Token
//	stdio := e2etest.StartStdio(t, program, "--warm=0")     // MCP over stdio: stdio.Run(1, "6 * 7")
//
// What a test starts ends with the test, and must end well. Only tests import this
// package.
package e2etest
