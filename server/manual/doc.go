// Package manual writes what systems have about a program besides its own help: the
// manual page and the completions of shells. All of it is made of the commands and
// flags that there are, as package config describes them.
//
// No library does this for us: those for kong know neither that a flag belongs to
// some commands only, nor which values a placeholder lists, and are not kept up.
package manual
