/** Writes a small MMDB file by its specification: a search tree of 32-bit records, IPv6 outside. */

type Value = string | number | { readonly [key: string]: Value };

/** Returns the bytes of a database that knows these prefixes (IPv4 as `a.b.c.d/n`, IPv6 wholly written). */
export function mmdbFile(records: readonly (readonly [prefix: string, value: Value])[]): Buffer {
  const nodes: [Link, Link][] = [["none", "none"]];
  const data: Buffer[] = [];
  let dataLength = 0;
  for (const [prefix, value] of records) {
    insert(nodes, bitsOf(prefix), dataLength);
    const bytes = encode(value);
    data.push(bytes);
    dataLength += bytes.length;
  }
  const tree = Buffer.alloc(nodes.length * 8);
  nodes.forEach((pair, index) =>
    pair.forEach((link, side) =>
      tree.writeUInt32BE(recordOf(link, nodes.length), index * 8 + side * 4),
    ),
  );
  const metadata = encode({
    node_count: nodes.length,
    record_size: 32,
    ip_version: 6,
    database_type: "Sallyport-Test",
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_000_000,
  });
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}

type Link = "none" | { readonly node: number } | { readonly data: number };

function recordOf(link: Link, nodes: number): number {
  if (link === "none") return nodes;
  return "node" in link ? link.node : nodes + 16 + link.data;
}

function insert(nodes: [Link, Link][], bits: readonly (0 | 1)[], data: number): void {
  let node = 0;
  bits.forEach((bit, depth) => {
    const pair = nodes[node] ?? ["none", "none"];
    if (depth === bits.length - 1) {
      pair[bit] = { data };
      return;
    }
    const link = pair[bit];
    if (link !== "none" && "node" in link) {
      node = link.node;
      return;
    }
    pair[bit] = { node: nodes.length };
    node = nodes.length;
    nodes.push(["none", "none"]);
  });
}

/** IPv4 stands at ::a.b.c.d. */
function bitsOf(prefix: string): readonly (0 | 1)[] {
  const [address = "", length = ""] = prefix.split("/");
  const v4 = !address.includes(":");
  const bytes = v4
    ? [...Array.from({ length: 12 }, () => 0), ...address.split(".").map(Number)]
    : address.split(":").flatMap((group) => {
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      });
  const bits = bytes.flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit): 0 | 1 => ((byte >> (7 - bit)) & 1 ? 1 : 0)),
  );
  return bits.slice(0, Number(length) + (v4 ? 96 : 0));
}

function encode(value: Value): Buffer {
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === "number") {
    if (Number.isInteger(value) && value >= 0) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return Buffer.concat([control(6, 4), bytes]);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  const members = Object.entries(value);
  const parts = members.flatMap(([key, member]) => [encode(key), encode(member)]);
  return Buffer.concat([control(7, members.length), ...parts]);
}

/** Sizes below 29 only: that is all a test needs. */
function control(type: number, size: number): Buffer {
  if (size >= 29) throw new Error("too large for this writer");
  return Buffer.from([(type << 5) | size]);
}
