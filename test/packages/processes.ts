// What a running unit of a box really is: read from the kernel, not from the unit's text.
import type { Box } from "./box.ts";

/** A unit's main process as /proc tells it; capability sets as their hexadecimal masks. */
export interface Process {
  readonly user: string;
  readonly effective: number;
  readonly bounding: number;
  readonly noNewPrivileges: boolean;
  readonly filtered: boolean;
}

/** Returns what the main process of a unit may. */
export function processOf(box: Box, unit: string): Process {
  const text = box.must(`
    pid=$(systemctl show --property MainPID --value ${unit})
    echo "User: $(ps -o user:32= -p "$pid")"
    cat "/proc/$pid/status"`);
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(text)?.[1] ?? "";
  return {
    user: field("User"),
    effective: Number.parseInt(field("CapEff"), 16),
    bounding: Number.parseInt(field("CapBnd"), 16),
    noNewPrivileges: field("NoNewPrivs") === "1",
    filtered: field("Seccomp") === "2",
  };
}

/** Returns `mode owner group` of each path. */
export function rightsOf(box: Box, paths: readonly string[]): readonly string[] {
  return box
    .must(`stat -c '%a %U %G %n' ${paths.join(" ")}`)
    .trim()
    .split("\n");
}

/** Runs attack.sh under the exact sandbox of a unit, or as plain root; returns what it could do. */
export function attackFrom(box: Box, unit: string | null): readonly string[] {
  const shipped =
    unit === null
      ? "printf '[Service]\\n'"
      : `sed -e '/^ExecStart=/d;/^Type=/d;/^NotifyAccess=/d;/^Restart/d;/^Before=/d;/^\\[Install/,$d' \
           /usr/lib/systemd/system/${unit}`;
  const text = box.must(`
    mkdir --parents /var/tmp/attack-mount
    (${shipped}; printf '[Service]\\nType=oneshot\\nExecStart=/bin/bash /opt/attack.sh\\n') \
      > /run/systemd/system/attack.service
    systemctl daemon-reload
    since=$(date +%s.%N)
    systemctl start attack.service
    journalctl --sync
    journalctl --unit attack.service --since "@$since" --output cat`);
  box.must(`
    rm -f /run/systemd/system/attack.service /usr/lib/sallyport-attack /etc/sallyport-attack
    umount /var/tmp/attack-mount 2>/dev/null || true
    hostname --file /etc/hostname
    rm -rf /etc/systemd/system/attack-left.service /var/tmp/attack-mount /var/tmp/attack-setuid
    ip link del attack0 2>/dev/null || true
    nft delete table inet attack 2>/dev/null || true
    systemctl daemon-reload`);
  return text
    .split("\n")
    .filter((line) => line.endsWith(" done"))
    .map((line) => line.replace(/ done$/, ""));
}
