package landlock

// A Policy says what a process may still do. Everything else that Landlock knows of is
// refused: the other files, TCP, and signals and abstract sockets of processes that
// are not confined with it. It may not trace them either.
type Policy struct {
	// Read are files and folders that may be read, with all that is below them.
	Read []string `json:"read,omitempty"`
	// List are folders whose entries may be listed, with those of all folders below.
	List []string `json:"list,omitempty"`
	// Write are folders in which everything may be done but to run programs and to make
	// devices.
	Write []string `json:"write,omitempty"`
	// Run are programs that may be run.
	Run []string `json:"run,omitempty"`
	// Off says that nothing is refused, for kernels without Landlock. The process
	// loses its capabilities all the same.
	Off bool `json:"off,omitempty"`
}

// What may be done with files, as the kernel numbers it.
const (
	accessExecute    = 1 << 0
	accessWriteFile  = 1 << 1
	accessReadFile   = 1 << 2
	accessReadDir    = 1 << 3
	accessRemoveDir  = 1 << 4
	accessRemoveFile = 1 << 5
	accessMakeChar   = 1 << 6
	accessMakeDir    = 1 << 7
	accessMakeReg    = 1 << 8
	accessMakeSock   = 1 << 9
	accessMakeFifo   = 1 << 10
	accessMakeBlock  = 1 << 11
	accessMakeSym    = 1 << 12
	accessRefer      = 1 << 13
	accessTruncate   = 1 << 14
	accessIoctlDev   = 1 << 15

	accessRead  = accessReadFile | accessReadDir
	accessWrite = accessRead | accessWriteFile | accessRemoveDir | accessRemoveFile | accessMakeDir | accessMakeReg |
		accessMakeSym | accessRefer | accessTruncate
	// accessFile is what can be done with a file that is no folder.
	accessFile = accessExecute | accessWriteFile | accessReadFile | accessTruncate | accessIoctlDev

	netBindTCP    = 1 << 0
	netConnectTCP = 1 << 1

	scopeAbstractSockets = 1 << 0
	scopeSignals         = 1 << 1
)

// A ruleset is what a kernel of a version can refuse.
type ruleset struct {
	files, net, scoped uint64
}

// knownTo returns what a version of Landlock can refuse.
func knownTo(version int) ruleset {
	r := ruleset{files: accessMakeSym<<1 - 1} // all up to links
	if version >= 2 {
		r.files |= accessRefer
	}
	if version >= 3 {
		r.files |= accessTruncate
	}
	if version >= 4 {
		r.net = netBindTCP | netConnectTCP
	}
	if version >= 5 {
		r.files |= accessIoctlDev
	}
	if version >= 6 {
		r.scoped = scopeAbstractSockets | scopeSignals
	}
	return r
}
