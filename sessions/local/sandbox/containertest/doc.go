// Package containertest starts programs with no more rights than a default container gives:
// no capabilities and none to be had, no new privileges, and a filter that refuses
// namespaces, mounts and changes of the root. So tests show on any machine what works in
// Docker, Podman and Kubernetes as most people have them.
package containertest
