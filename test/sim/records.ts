/** What the simulated controller starts from: one site, two gateways, some devices, one resource, one policy. */
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { makeId } from "#shared/base/id.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import type { DeviceRecord, GatewayRecord } from "../../controller/core/record.ts";
import type { StoredState } from "../../controller/core/row.ts";
import type { Random } from "./random.ts";
import { spkiOf } from "./sim-network.ts";

const policyText = `
apiVersion: sallyport/v1
levels:
  protected-laptop:
    all:
      - { signal: firewall.enabled, is: true, fix: "Switch the firewall on" }
policies:
  - id: engineering-wiki
    effect: allow
    subjects: { groups: [engineering] }
    resources: { names: [wiki] }
    when: { level: protected-laptop }
`;

/** Returns the stored state of a fresh controller with so many devices. */
export function makeRecords(deviceCount: number, random: Random): StoredState {
  const id = (prefix: "dev" | "gw" | "sit" | "res") => makeId(prefix, 1, random.bytes(10));
  const site = id("sit");
  const devices = Array.from({ length: deviceCount }, (_, index) =>
    makeDevice(id("dev"), index, random),
  );
  const gateways = [0, 1].map((index) => makeGateway(id("gw"), { site, index, random }));
  const parsed = parseDocument("policy.yaml", policyText);
  if (parsed.kind !== "parsed") throw new Error(JSON.stringify(parsed));
  // SAFETY: documents are plain data.
  const body = canonicalJson([parsed.document] as unknown as Json);
  return {
    trustDomain: "sim.test",
    epoch: "0".repeat(32),
    network: { pool4: "100.96.0.0/16", pool6: "fd96:1:2::/48", mtu: 1420, extraProtected: [] },
    sites: [{ id: site, name: "hq", forwarding: "snat", resolvers: [] }],
    gateways,
    devices,
    resources: [
      {
        id: id("res"),
        name: "wiki",
        site,
        targets: [{ cidr: "10.50.0.10/32", proto: "tcp", ports: ["8080"] }],
        tags: [],
        sensitivity: "high",
        protected: true,
        leaseSeconds: 120,
        offlineToleranceSeconds: 0,
        serverToDevice: false,
        source: "api",
      },
    ],
    policy: { version: "sim-1", body },
    facts: [],
    grants: [],
    intel: null,
    ledgers: [],
    requests: [],
    sightings: [],
    baselines: [],
  };
}

function makeDevice(id: string, index: number, random: Random): DeviceRecord {
  return {
    id,
    name: `laptop-${index}`,
    role: "device",
    status: "active",
    groups: ["engineering"],
    tags: [],
    os: "linux",
    serials: [],
    wgPublicKey: wireguardKey(random),
    address4: `100.96.1.${index + 1}`,
    address6: `fd96:1:2::${(0x100 + index).toString(16)}`,
    enrolKey: "ek_0000000000000000000000000a",
    level: 0,
    lastSeenAt: 0,
    spkiHex: spkiOf(id),
  };
}

function makeGateway(
  id: string,
  by: { site: string; index: number; random: Random },
): GatewayRecord {
  return {
    id,
    name: `gw-${by.index}`,
    role: "gateway",
    site: by.site,
    priority: 50 + by.index,
    status: "active",
    endpoints: [`192.0.2.${10 + by.index}:51820`],
    wgPublicKey: wireguardKey(by.random),
    address4: `100.96.0.${by.index + 1}`,
    address6: `fd96:1:2::${by.index + 1}`,
    spkiHex: spkiOf(id),
    pskSecret: Buffer.from(by.random.bytes(32)).toString("base64url"),
    listenPort: 51_820,
    lan: "auto",
  };
}

function wireguardKey(random: Random): string {
  return Buffer.from(random.bytes(32)).toString("base64");
}
