/** Reads listening sockets from `/proc/net/{tcp,tcp6,udp,udp6}`. */

/** Texts of the tables; a family that the kernel lacks is empty. */
export interface SocketTables {
  readonly tcp: string;
  readonly tcp6: string;
  readonly udp: string;
  readonly udp6: string;
}

const listening: Readonly<Record<keyof SocketTables, string>> = {
  tcp: "0A",
  tcp6: "0A",
  udp: "07",
  udp6: "07",
};
const loopback6 = "00000000000000000000000001000000";

/** Returns `tcp/22`-like names of sockets not bound to loopback, sorted; null where a table is cut. */
export function openPorts(tables: SocketTables): readonly string[] | null {
  const found = new Set<string>();
  for (const name of Object.keys(listening) as (keyof SocketTables)[]) {
    for (const line of tables[name].split("\n").slice(1)) {
      if (line.trim() === "") continue;
      const [, local, , state] = line.trim().split(/\s+/);
      const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local ?? "");
      if (match?.[1] === undefined || match[2] === undefined || state === undefined) return null;
      if (state !== listening[name] || isLoopback(match[1])) continue;
      found.add(`${name.slice(0, 3)}/${Number.parseInt(match[2], 16)}`);
    }
  }
  return [...found].sort(byNumber);
}

/** The kernel prints addresses as host-order words: 127.0.0.1 ends in 7F. */
function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith("7F");
  return address === loopback6 || /^0{16}FFFF0000.{6}7F$/.test(address);
}

function byNumber(left: string, right: string): number {
  const [one = "", first] = left.split("/");
  const [two = "", second] = right.split("/");
  return one === two ? Number(first) - Number(second) : one < two ? -1 : 1;
}
