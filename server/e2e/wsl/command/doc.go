//go:build linux || windows

// Command command stands for wsl.exe in tests. What it keeps is in its own folder: the
// registration of one distribution, which is unpacked into a folder and whose programs are
// started without anything around them. Files in its folder make it fail, see [fake].
//
// On Linux it is the whole command. On Windows, that is in wine, it starts the one of
// Linux, wsl-linux beside it, and passes on what that reads and writes over connections.
package main
