/** Gateways, sites and resources as the admin API shows them. */
import { z } from "zod";
import { target } from "../desired.ts";
import { listOf, words } from "./answer-atoms.ts";
import { identity, presence } from "./device.ts";
import { stepEffect } from "./step.ts";

/** A gateway with its presence; its secret is not told. */
export const gatewayShown = z.object({
  ...identity,
  role: z.literal("gateway"),
  /** The site's name. */
  site: z.string(),
  priority: z.number(),
  endpoints: words,
  listenPort: z.number(),
  lan: z.string(),
  ...presence,
});

/** Gateways by name. */
export const gatewayList = listOf(gatewayShown);

/** A site. */
export const siteShown = z.object({
  id: z.string(),
  name: z.string(),
  forwarding: z.enum(["snat", "routed"]),
  resolvers: words,
});

/** Sites by name. */
export const siteList = listOf(siteShown);

/** A resource with its site's name. */
export const resourceShown = z.object({
  id: z.string(),
  name: z.string(),
  site: z.string(),
  targets: z.array(target).readonly(),
  tags: words,
  sensitivity: z.enum(["low", "normal", "high"]),
  protected: z.boolean(),
  leaseSeconds: z.number(),
  offlineToleranceSeconds: z.number(),
  resolvesTo: words.optional(),
  serverToDevice: z.boolean(),
  source: z.enum(["git", "api"]),
});

/** Resources by name. */
export const resourceList = listOf(resourceShown);

/** What was removed, or would be, and what gateways closed. */
export const placeRemoved = stepEffect.extend({ id: z.string(), name: z.string() });

/** A gateway with its presence. */
export type GatewayShown = z.infer<typeof gatewayShown>;
/** A site. */
export type SiteShown = z.infer<typeof siteShown>;
/** A resource with its site's name. */
export type ResourceShown = z.infer<typeof resourceShown>;
