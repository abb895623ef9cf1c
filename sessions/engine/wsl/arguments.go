package wsl

// The arguments of wsl.exe. Those after --exec reach Linux as they are, without a shell.

func status() []string  { return []string{"--status"} }
func running() []string { return []string{"--list", "--running", "--quiet"} }

func imported(dir, archive string) []string {
	return []string{"--import", distribution, dir, archive, "--version", "2"}
}

func unregister() []string { return []string{"--unregister", distribution} }

// in runs a command in the distribution. Without --cd wsl.exe would look for the current
// folder of Windows in there.
func in(user string, args ...string) []string {
	return append([]string{"--distribution", distribution, "--user", user, "--cd", "/", "--exec"}, args...)
}

func stamp() []string { return in("root", "/bin/cat", "/"+stampPath) }

func unpack() []string {
	return in("root", "/bin/tar", "--extract", "--preserve-permissions", "--numeric-owner", "--file=-", "--directory=/")
}

func (d *Distribution) run() []string {
	return append(in(userName, "/usr/bin/env", variable+"="+d.id, "/"+programPath, "pool", "--stdio", "--cache-dir=/"+cachePath), d.opts.Args...)
}

func (d *Distribution) end() []string {
	return in("root", "/bin/sh", "/"+endPath, variable+"="+d.id)
}
