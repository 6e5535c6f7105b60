/** An IP address as a number with its family; the form in which addresses are compared. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Returns the address, or null where the text is not one; no zone ids, no leading zeros, no IPv4-in-IPv6 text. */
export function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseAddress6(text) : parseAddress4(text);
}

/** Returns the text of an IPv4 address where a socket for both families wrote it as IPv6. */
export function unmappedAddress(text: string): string {
  return text.replace(/^::ffff:(?=[0-9.]+$)/, "");
}

/** Returns the canonical text: dotted quad, or RFC 5952 §4 for IPv6. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 0xffn)).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((address.value >> BigInt(112 - index * 16)) & 0xffffn),
  );
  const run = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

function parseAddress4(text: string): Address | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return { family: 4, value };
}

function parseAddress6(text: string): Address | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  let value = 0n;
  for (const group of [...left, ...Array.from({ length: missing }, () => "0"), ...right]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return { family: 6, value };
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
