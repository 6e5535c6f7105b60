/** Devices as the admin API shows them. */
import { z } from "zod";
import { instant, pageOf, reading, words } from "./answer-atoms.ts";
import { decisionShown, reason } from "./decision.ts";
import { stepEffect } from "./step.ts";

const standing = z.enum(["pending", "unattested", "active", "quarantined", "revoked"]);

/** Whether an identity is here now. */
export const presence = {
  connected: z.boolean(),
  connectedSince: instant.nullable(),
  lastSeenAt: instant.nullable(),
  /** Why the config that was sent last is not in force as a whole; empty where it is. */
  configErrors: z
    .array(z.object({ code: z.string(), title: z.string(), detail: z.string(), fix: z.string() }))
    .readonly(),
  /** Of a device: the scores that policy acts on, and what they are made of. */
  risk: z
    .object({
      session: z.number(),
      identity: z.number(),
      contributions: z
        .array(
          z.object({
            kind: z.string(),
            at: instant.nullable(),
            points: z.number(),
            confidence: z.number().optional(),
            detail: z.string().optional(),
          }),
        )
        .readonly(),
    })
    .optional(),
};

/** What a device and a gateway have in common. */
export const identity = {
  id: z.string(),
  name: z.string(),
  status: standing,
  wgPublicKey: z.string(),
  address4: z.string(),
  address6: z.string(),
};

/** Resources by what a device may do with them; `why` is the first reason of what is closed. */
const accessCount = z.object({
  open: z.number(),
  stepUp: z.number(),
  blocked: z.number(),
  why: reason.nullable(),
});

/** A device with its presence. */
export const deviceShown = z.object({
  ...identity,
  role: z.literal("device"),
  owner: z.string().optional(),
  serviceAccount: z.string().optional(),
  groups: words,
  tags: words,
  os: z.string(),
  serials: words,
  enrolKey: z.string(),
  level: z.number(),
  replaces: z.string().optional(),
  attestation: z
    .object({
      issuer: z.string(),
      serial: z.string(),
      subject: z.string(),
      notAfterAt: z.number(),
    })
    .optional(),
  ...presence,
  /** Absent where the controller does not hold the device. */
  access: accessCount.optional(),
});

/** Devices by name. */
export const devicePage = pageOf(deviceShown);

/** A device with its facts, its levels and what it may reach; `lastCut` is of this run of the controller. */
export const deviceDetail = deviceShown.omit({ access: true }).extend({
  facts: z
    .array(
      z.object({
        signal: z.string(),
        reading,
        source: z.string(),
        collector: z.string(),
        observedAt: instant.nullable(),
        freshUntilAt: instant.nullable(),
        /** Not confirmed for longer than it counts: it is as good as unknown. */
        stale: z.boolean(),
      }),
    )
    .readonly(),
  levels: z
    .array(
      z.object({
        id: z.string(),
        verdict: z.enum(["met", "grace", "notMet", "unknown"]),
        untilAt: instant.nullable(),
        needs: z
          .array(z.object({ signal: z.string(), met: z.boolean(), stale: z.boolean() }))
          .readonly(),
      }),
    )
    .readonly(),
  access: z
    .array(
      decisionShown.extend({
        reasons: z.array(reason).readonly(),
        fixes: z
          .array(
            z.object({
              signal: z.string(),
              text: z.string(),
              command: z.string().optional(),
              who: z.enum(["user", "it"]),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  /** From the posture that turned to the gateway's kernel; null where no report ended access. */
  lastCut: z.object({ at: instant.nullable(), tookMs: z.int() }).nullable(),
  inventory: z
    .object({ receivedAt: instant.nullable(), items: z.record(z.string(), z.string()) })
    .nullable(),
});

/** Whether a device was asked to look again. */
export const recheckAnswer = stepEffect.extend({ id: z.string(), asked: z.boolean() });

/** An identity after a step of its life. */
export const identityAnswer = stepEffect.extend({
  id: z.string(),
  name: z.string(),
  role: z.enum(["device", "gateway"]),
  status: standing,
});

/** A device with its presence. */
export type DeviceShown = z.infer<typeof deviceShown>;
/** A device in detail. */
export type DeviceDetail = z.infer<typeof deviceDetail>;
