// Package basesystem has the base system that sandboxes are made of: a C library, a
// shell and the usual commands, certificates and time zones, as one archive of a small
// Debian. With it a sandbox needs, and sees, nothing of the host's /usr, /lib, /bin and
// /etc, and so sessions run where the host has no C library that fits, as on Alpine,
// NixOS and in images without a distribution.
//
//	system, err := basesystem.Use(ctx, basesystem.Options{CacheDir: cache})
//	if err != nil {
//		return err // there is one, and it cannot be used
//	}
//	if system == nil {
//		return basesystem.CheckHost(true) // the host's own has to do
//	}
//	defer system.Close()
//
// # Where it is
//
// The archive of a release is called dynamic-sessions-mcp-system-linux-amd64.tar.gz, or
// -arm64. It is unpacked once, as an item of the program's
// folder, named by the archive's checksum:
//
//	<cache>/system-<digits>/root/          the files
//	<cache>/system-<digits>/.base-system   what they were when they had been unpacked
//	<cache>/base-system.json               which one setup has installed
//	<cache>/base-system-file.json          which one an archive was unpacked to
//
// [Use] takes, in this order, the archive that is named; the one that is installed for all
// users; the one that [Install] has installed in the cache folder; and the archive beside
// the program. Nothing is written but for an archive that is not unpacked yet.
//
// # What an archive may have
//
// Folders, files, and links of both kinds, in any order in which a folder comes before
// what is in it. Nobody trusts an archive: what would lie outside, devices, names that
// come twice, and more than a gigabyte are refused. Owners and the bits that give a
// program another's rights are left out.
package basesystem
