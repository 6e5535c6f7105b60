/** Reads resources: what lies behind a gateway, as prefixes, hosts or domains with their ports. */
import type { ResourceDefinition, TargetDefinition } from "../document.ts";
import { formatCidr, parseCidr, type Cidr } from "../../net/cidr.ts";
import { parseAddress } from "../../net/address.ts";
import { isScalar } from "yaml";
import { refusedPrefix } from "../refused-prefix.ts";
import {
  clip,
  type Node,
  placeOf,
  readBoolean,
  readFields,
  readInteger,
  readList,
  readName,
  readText,
  readWord,
  refuse,
  type Source,
} from "./source.ts";

const domainPattern =
  /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads one resource. */
export function readResource(source: Source, node: Node): ResourceDefinition | undefined {
  const fields = readFields(source, node, {
    required: ["name", "site", "targets"],
    allowed: [
      "tags",
      "sensitivity",
      "protected",
      "leaseSeconds",
      "offlineToleranceSeconds",
      "resolvesTo",
    ],
    what: "a resource",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const name = readName(source, part("name"), "a resource's name");
  const site = readName(source, part("site"), "a site's name");
  const targets = readList(source, part("targets"), {
    what: "targets",
    min: 1,
    max: 64,
    each: (item) => readTarget(source, item),
  });
  const sensitivity =
    readWord(source, part("sensitivity"), {
      what: "sensitivity",
      words: ["low", "normal", "high"],
    }) ?? "normal";
  const resolvesTo = readList(source, part("resolvesTo"), {
    what: "resolvesTo",
    max: 64,
    each: (item) => readPrefix(source, item),
  });
  if (resolvesTo.length > 0 && !targets.some(({ domain }) => domain !== undefined)) {
    refuse(source, node, { why: "resolvesTo bounds the names of a resource; this one has none" });
  }
  if (name === undefined || site === undefined) return undefined;
  return {
    name,
    site,
    targets,
    tags: readList(source, part("tags"), {
      what: "tags",
      max: 32,
      each: (item) => readName(source, item, "a tag"),
    }),
    sensitivity,
    protected: readBoolean(source, part("protected"), "protected") ?? true,
    leaseSeconds: readLease(source, part("leaseSeconds")) ?? 120,
    offlineToleranceSeconds: readTolerance(source, part("offlineToleranceSeconds"), sensitivity),
    ...(resolvesTo.length === 0 ? {} : { resolvesTo }),
    at: placeOf(source, fields.node),
  };
}

/** Reads the seconds that a lease runs. */
export function readLease(source: Source, node: Node | undefined): number | undefined {
  return readInteger(source, node, { what: "leaseSeconds", min: 30, max: 900 });
}

function readTolerance(
  source: Source,
  node: Node | undefined,
  sensitivity: ResourceDefinition["sensitivity"],
): number {
  const what = "offlineToleranceSeconds";
  const seconds = readInteger(source, node, { what, min: 0, max: 3_600 });
  if (sensitivity !== "high") return seconds ?? 900;
  if (seconds !== undefined && seconds > 0 && node !== undefined) {
    refuse(source, node, { why: `${what} must be 0 where sensitivity is high` });
  }
  return 0;
}

function readTarget(source: Source, node: Node): TargetDefinition | undefined {
  const fields = readFields(source, node, {
    required: ["proto"],
    allowed: ["cidr", "host", "domain", "ports"],
    what: "a target",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const proto = readWord(source, part("proto"), {
    what: "proto",
    words: ["tcp", "udp", "icmp", "any"],
  });
  const ports = readList(source, part("ports"), {
    what: "ports",
    max: 32,
    each: (item) => readPorts(source, item),
  });
  const given = ["cidr", "host", "domain"].filter((key) => fields.members.has(key));
  if (given.length !== 1) {
    return refuse(source, node, { why: "a target needs exactly one of cidr, host, domain" });
  }
  if ((proto === "icmp" || proto === "any") && ports.length > 0) {
    return refuse(source, node, { why: `a target with proto ${proto} has no ports` });
  }
  const cidr = readPrefix(source, part("cidr")) ?? readHost(source, part("host"));
  const domain = readDomain(source, part("domain"));
  if (proto === undefined || (cidr === undefined && domain === undefined)) return undefined;
  return {
    ...(cidr === undefined ? { domain } : { cidr }),
    proto,
    ports,
    at: placeOf(source, node),
  };
}

function readPrefix(source: Source, node: Node | undefined): string | undefined {
  const text = readText(source, node, { what: "cidr" });
  if (text === undefined || node === undefined) return undefined;
  const cidr = parseCidr(text);
  if (cidr === null) {
    const why = `\`${clip(text)}\` is not a canonical prefix (host bits zero, RFC 5952)`;
    return refuse(source, node, { why });
  }
  return checkedPrefix(source, node, cidr);
}

function readHost(source: Source, node: Node | undefined): string | undefined {
  const text = readText(source, node, { what: "host" });
  if (text === undefined || node === undefined) return undefined;
  const address = parseAddress(text);
  if (address === null) {
    return refuse(source, node, { why: `\`${clip(text)}\` is not an IP address; use domain` });
  }
  const length = address.family === 4 ? 32 : 128;
  return checkedPrefix(source, node, { family: address.family, base: address.value, length });
}

function checkedPrefix(source: Source, node: Node, cidr: Cidr): string | undefined {
  const why = refusedPrefix(cidr);
  if (why === null) return formatCidr(cidr);
  return refuse(source, node, { why: `\`${formatCidr(cidr)}\` ${why}` });
}

function readDomain(source: Source, node: Node | undefined): string | undefined {
  const text = readText(source, node, { what: "domain", max: 253 });
  if (text === undefined || node === undefined) return undefined;
  if (domainPattern.test(text)) return text;
  const why = `\`${clip(text)}\` is not a domain in lower case with at least two labels`;
  return refuse(source, node, { why });
}

function readPorts(source: Source, node: Node): string | undefined {
  const value = isScalar(node) ? String(node.value) : "";
  const match = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(value);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  if (match !== null && first <= last && last <= 65_535) {
    return first === last ? `${first}` : `${first}-${last}`;
  }
  return refuse(source, node, { why: `\`${clip(value)}\` is neither a port nor a range n-m` });
}
