/** Reads `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */

/** One mount. */
export interface Mount {
  /** `major:minor`; major 0 is no block device. */
  readonly device: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly source: string;
  /** Devices beside the one that is mounted: XFS may keep its log, and files, on others. */
  readonly besides: readonly string[];
}

/** Returns the mounts in order; null when a line is not one, since a missed mount could hide a disk. */
export function parseMountinfo(text: string): readonly Mount[] | null {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [left = "", right = ""] = line.split(" - ");
    const fields = left.split(" ");
    const [fsType, source, options] = right.split(" ");
    const [, , device, , mountPoint] = fields;
    if (device === undefined || mountPoint === undefined || fsType === undefined) return null;
    if (!/^\d+:\d+$/.test(device) || source === undefined) return null;
    const besides = devicesOf(options ?? "");
    const [point, from] = [unescape(mountPoint), unescape(source)];
    mounts.push({ device, mountPoint: point, fsType, source: from, besides });
  }
  return mounts.length > 0 ? mounts : null;
}

/** Returns the mount that holds a path: the longest mount point above it, the last where several are equal. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | null {
  let best: Mount | null = null;
  for (const mount of mounts) {
    const point = mount.mountPoint;
    const holds = point === "/" || path === point || path.startsWith(`${point}/`);
    if (holds && (best === null || point.length >= best.mountPoint.length)) best = mount;
  }
  return best;
}

function devicesOf(options: string): readonly string[] {
  const named = options.matchAll(/(?:^|,)(?:logdev|rtdev)=([^,]+)/g);
  return [...named].map(([, path]) => unescape(path ?? ""));
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
