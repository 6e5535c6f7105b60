/** What `init` fixed and every start reads back. */
import { z } from "zod";
import { cidr, hex32 } from "#shared/protocol/atoms.ts";

const hostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9.:-]+$/);

/** The settings of a controller. */
export const storedSettings = z.strictObject({
  /** Read by the core alone. */
  osIntel: z.unknown().optional(),
  /** Read by the authority alone. */
  breakGlassKeys: z.unknown().optional(),
  /** Read by the sign-in desk alone. */
  signIn: z.unknown().optional(),
  trustDomain: z
    .string()
    .max(100)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/),
  epoch: hex32,
  network: z.strictObject({
    pool4: cidr,
    pool6: cidr,
    mtu: z.int().min(1280).max(1500),
    extraProtected: z.array(cidr).max(256),
  }),
  /** Read by the store and the admin API alone. */
  policyChanges: z.unknown().optional(),
  /** Read by the store's own cleaning alone. */
  retention: z.unknown().optional(),
  controller: z.strictObject({
    name: z
      .string()
      .max(63)
      .regex(/^[a-z0-9-]+$/),
    url: z.url({ protocol: /^https$/ }).max(200),
    addresses: z.array(hostName).min(1).max(16),
    rootPem: z.string(),
    issuingPem: z.string(),
  }),
});

/** The settings of a controller. */
export type StoredSettings = z.infer<typeof storedSettings>;
