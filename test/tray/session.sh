#!/bin/bash
# Runs inside the desktop's root: a display, a session bus, a panel with a tray, and nothing else.
set -eu
export DISPLAY=:7 HOME=/root XDG_RUNTIME_DIR=/run/user/0 NO_AT_BRIDGE=1 LC_ALL=C
# Without it the panel asks what it should look like at its first start.
export XFCE_PANEL_MIGRATE_DEFAULT=1
install -d -m 0700 "$XDG_RUNTIME_DIR"
# Without -noreset it starts anew when its only client goes, and the next one may find nobody.
Xvfb :7 -screen 0 800x480x24 -nolisten tcp -noreset &
until xdpyinfo >/share/display.txt 2>&1; do sleep 0.1; done
xsetroot -solid '#d8dee6'
exec dbus-run-session -- /bin/bash -c '
  export -p >/share/environment
  xfce4-panel &
  touch /share/ready
  wait'
