#!/bin/sh
# What every Linux package does after its files are there: `prepare` before the units start, `join` after.
set -e

managed=/etc/sallyport/managed.d

case "$1" in
prepare)
  systemd-sysusers /usr/lib/sysusers.d/sallyport.conf
  install -d -m 0755 -o root -g root /var/lib/sallyport /etc/sallyport "$managed"
  if [ -n "$ENROLL_KEY" ]; then
    case "$ENROLL_KEY" in
    *[!A-Za-z0-9_-]*) echo "sallyport: ENROLL_KEY is no enrolment key" >&2 ;;
    *)
      # Root and the agent read it; nobody sees it in a list of processes.
      install -m 0640 -o root -g sallyport /dev/null "$managed/20-enrolment.json"
      printf '{ "EnrollmentKey": "%s" }\n' "$ENROLL_KEY" >"$managed/20-enrolment.json"
      ;;
    esac
  fi
  ;;
join)
  # Without a key this ends at once. What fails now is tried again by the unit.
  if ! /usr/bin/sallyport enroll --managed --timeout 30s; then
    systemctl --no-block start sallyport-enrol.service
    echo "sallyport: installed, but not enrolled yet; see 'sallyport status'" >&2
  fi
  ;;
esac
