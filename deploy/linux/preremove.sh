#!/bin/sh
# Runs before the deb or rpm is removed. An update comes here with another argument.
set -e
case ${1:-remove} in
upgrade | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
	systemctl disable --now dynamic-sessions-mcp.service dynamic-sessions-pool.service >/dev/null 2>&1 || true
fi
if [ -d /sys/kernel/security/apparmor ] && command -v apparmor_parser >/dev/null 2>&1; then
	apparmor_parser --remove /etc/apparmor.d/dynamic-sessions-mcp >/dev/null 2>&1 || true
fi
