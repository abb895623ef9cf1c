#!/bin/sh
# Runs after the installation of the deb or rpm.
set -e
if command -v systemd-sysusers >/dev/null 2>&1; then
	systemd-sysusers dynamic-sessions-mcp.conf || true
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
fi
# Without this version of AppArmor's language the kernel restricts nothing, and needs no profile.
profile=/etc/apparmor.d/dynamic-sessions-mcp
if [ -e /etc/apparmor.d/abi/4.0 ] && [ -d /sys/kernel/security/apparmor ] && command -v apparmor_parser >/dev/null 2>&1; then
	apparmor_parser --replace --write-cache "$profile" || true
fi
