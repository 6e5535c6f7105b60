// Everything an installation could leave behind on a machine, to be compared before and after.
import type { Box } from "./box.ts";

/** One line per thing, named by its kind. */
export type Traces = readonly string[];

// What machines write by themselves while they run, and what the test puts there.
const living = [
  "/dev",
  "/proc",
  "/sys",
  "/tmp",
  "/mnt",
  "/root",
  "/var/log",
  "/var/tmp",
  "/var/cache",
  "/var/lib/apt",
  "/var/lib/dpkg",
  "/var/lib/rpm",
  "/var/lib/systemd",
  "/run/agetty.reload",
  "/run/credentials",
  "/run/log",
  "/run/systemd",
  "/run/udev",
];

/**
 * Returns files, nft tables, rules, routes, links, units, which of ours failed, and users of a box;
 * without link-local addresses, which are others at each boot, and transient units, which are the
 * test's own steps.
 */
export function traces(box: Box): Traces {
  const prune = living.map((path) => `-path ${path}`).join(" -o ");
  const text = box.must(`
    find / \\( ${prune} \\) -prune -o -print | sed 's/^/file /'
    find /run /var -name '*sallyport*' -not -path '/run/systemd/transient/*' -not -path '/var/log/*' | sed 's/^/file /'
    nft list tables | sed 's/^/nft /'
    (ip rule; ip -6 rule) | sed 's/^/rule /'
    (ip route show table all; ip -6 route show table all) | grep -v fe80: | sed 's/^/route /'
    ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/link \\1/'
    systemctl list-unit-files --no-legend --no-pager \
      | awk '$2 != "transient" { print "unit " $1 " " $2 }'
    systemctl list-units --all --no-legend --no-pager --plain --state failed 'sallyport*' \
      | awk '{ print "failed " $1 }'
    cut -d: -f1 /etc/passwd | sed 's/^/user /'
    cut -d: -f1 /etc/group | sed 's/^/group /'`);
  return text.trim().split("\n").sort();
}

/** Returns what is there now and was not, or was there and is gone; `-` marks the latter. */
export function changesSince(before: Traces, now: Traces): Traces {
  const came = now.filter((line) => !before.includes(line));
  const went = before.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  return [...came, ...went];
}

/** Leaves a unit of ours failed: a removal under load does so as well. */
export function failUnit(box: Box, unit: string): void {
  const folder = `/run/systemd/system/${unit}.d`;
  box.must(`
    mkdir ${folder}
    printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' > ${folder}/fails.conf
    systemctl daemon-reload
    systemctl start ${unit} || true
    systemctl is-failed --quiet ${unit}
    rm -r ${folder}`);
}
