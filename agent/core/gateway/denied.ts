/** What a gateway refused since the controller was told last, by device and target, in bounds. */

/** Packets of a device to a target that no grant names. */
export interface Denied {
  readonly device: string;
  readonly dst: string;
  readonly proto: string;
  readonly port: number;
  readonly count: number;
}

/** As many as one telemetry message holds; what comes beyond is counted by the filter alone. */
const deniedMax = 256;

/** Returns the list with one more refusal: the same target adds up. */
export function withDenied(held: readonly Denied[], more: Denied): readonly Denied[] {
  const same = held.findIndex(
    ({ device, dst, proto, port }) =>
      device === more.device && dst === more.dst && proto === more.proto && port === more.port,
  );
  const found = held[same];
  if (found === undefined) return held.length < deniedMax ? [...held, more] : held;
  return held.with(same, { ...found, count: found.count + more.count });
}
