#!/bin/bash
# What a program does that took over a daemon of ours: one line `name done|refused` per attempt.
# Run in the daemon's own unit, and once as plain root, where every attempt has to succeed.
attempt() {
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "$name done"; else echo "$name refused"; fi
}
within() { ( "$@" ); }
sleep 1000 &
victim=$!
attempt write-usr within eval 'echo x > /usr/lib/sallyport-attack'
attempt write-etc within eval 'echo x > /etc/sallyport-attack'
attempt write-unit within eval 'echo x > /etc/systemd/system/attack-left.service'
# What a sandbox hides is still there, but empty.
attempt read-shadow grep : /etc/shadow
attempt read-root-home ls /root
attempt read-netd-state cat /var/lib/sallyport/netd/wireguard.key
attempt read-agent-state cat /var/lib/sallyport/agent/identity.json
attempt mount mount -t tmpfs attack /var/tmp/attack-mount
attempt namespace unshare --mount true
# By its number, since not every Debian has the command.
attempt hostname perl -e 'exit(syscall(170, my $name = "attacked", 8) != 0)'
attempt raw-socket ping -c 1 -W 1 127.0.0.1
attempt tun ip tuntap add dev attack0 mode tun
attempt firewall nft add table inet attack
attempt signal-init kill -0 1
attempt setuid-program install -m 4755 /bin/true /var/tmp/attack-setuid
attempt realtime chrt -f 1 true
kill "$victim"
