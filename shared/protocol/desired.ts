/** Desired states: payloads of signed configs. Unknown fields are refused: a narrowing must never be ignored. */
import { z } from "zod";
import {
  base64url,
  cidr,
  endpoint,
  id,
  instantMs,
  ipAddress,
  name,
  spiffeId,
  wireguardKey,
} from "./atoms.ts";
import { sitesMax } from "./capability.ts";

const mtu = z.int().min(1280).max(1500);
const domainName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/);
/** A name, or `*.` and the name above all that it stands for. */
const domainPattern = z
  .string()
  .max(255)
  .regex(/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/);
const portRange = z.string().regex(/^[0-9]{1,5}(-[0-9]{1,5})?$/);
const transport = z.enum(["tcp", "udp", "icmp", "any"]);

/** Claims beside every desired state. */
const signedBy = {
  iss: spiffeId,
  aud: spiffeId,
  iat: z.number().min(0),
  minCapability: z.int().min(1),
  version: z.int().min(1),
};

const peer = z.strictObject({
  gateway: id,
  publicKey: wireguardKey,
  presharedKey: wireguardKey.optional(),
  endpoints: z.array(endpoint).min(1).max(4),
  tunnelAddresses: z.array(ipAddress).min(1).max(2),
});

/** A device's config; strict, since netd refuses members that it does not know. */
export const tunnelDesired = z.strictObject({
  ...signedBy,
  kind: z.literal("tunnel"),
  device: id,
  state: z.enum(["open", "blocked"]),
  addresses: z.array(cidr).min(1).max(2),
  mtu,
  sites: z
    .array(
      z.strictObject({
        site: id,
        peers: z.array(peer).min(1).max(8),
        routes: z.array(cidr).max(1024),
      }),
    )
    .max(sitesMax),
  protectedPrefixes: z.array(cidr).max(1024),
  bypass: z
    .array(
      z.strictObject({
        address: ipAddress,
        proto: z.enum(["tcp", "udp"]),
        port: z.int().min(1).max(65_535),
      }),
    )
    .max(32),
  dns: z.strictObject({
    domains: z
      .array(
        z.strictObject({ name: domainName, wildcard: z.boolean(), site: id, granted: z.boolean() }),
      )
      .max(512),
    upstream: z.literal("gateway"),
  }),
  keepaliveSeconds: z.int().min(5).max(120),
  grantedUntilAt: instantMs,
});

/** One target of a resource; exactly one of `cidr` and `domain` is given. */
export const target = z.strictObject({
  cidr: cidr.optional(),
  domain: domainPattern.optional(),
  proto: transport,
  ports: z.array(portRange).max(32),
});

/** A gateway's config; strict, as a device's is. */
export const gatewayDesired = z.strictObject({
  ...signedBy,
  kind: z.literal("gateway"),
  gateway: id,
  site: id,
  listenPort: z.int().min(1).max(65_535),
  /** UDP ports that lead to `listenPort`: what blocks the usual one often lets 443 pass. */
  alsoListenPorts: z
    .array(z.string().regex(/^[1-9]\d{0,4}$/))
    .min(1)
    .max(3)
    .optional(),
  addresses: z.array(cidr).min(1).max(2),
  pools: z.array(cidr).min(1).max(2),
  mtu,
  lan: z.string().regex(/^(auto|[A-Za-z0-9_.-]{1,15})$/),
  forwarding: z.strictObject({
    mode: z.enum(["snat", "routed"]),
    v4: z.boolean(),
    v6: z.boolean(),
  }),
  resources: z
    .array(
      z.strictObject({
        id,
        name,
        targets: z.array(target).min(1).max(64),
        resolvesTo: z.array(cidr).min(1).max(64).optional(),
      }),
    )
    .max(4096),
  resolvers: z.array(ipAddress).max(4),
  /** WireGuard keys of devices that break-glass may not let in either. */
  revoked: z.array(wireguardKey).min(1).max(1024).optional(),
  maxStaleSeconds: z.int().min(0).max(3600),
  pskSecret: base64url.length(43),
});

/** What a device's network shall be. */
export type TunnelDesired = z.infer<typeof tunnelDesired>;
/** What a gateway's network shall be. */
export type GatewayDesired = z.infer<typeof gatewayDesired>;
/** One target of a resource: a prefix or a domain, a protocol and ports (none = all). */
export type Target = z.infer<typeof target>;
