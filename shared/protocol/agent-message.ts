/** What an agent says on the control channel; unknown fields are stripped, unknown kinds reported. */
import { z } from "zod";
import {
  base64url,
  deviceText,
  errorRef,
  hex32,
  id,
  instantMs,
  ipAddress,
  name,
  pem,
  sha256Hex,
  wireguardKey,
} from "./atoms.ts";
import { breakGlassOpening } from "./break-glass.ts";
import { postureEvent } from "./fact.ts";

const ageMs = z.number().min(0);
/** The sender's monotonic clock when it wrote the message, so that one way can be told from the other. */
const clockMs = z.number().min(0).optional();

const hello = z.object({
  kind: z.literal("hello"),
  capability: z.int().min(1),
  agentVersion: deviceText.max(64),
  os: z.enum(["linux", "darwin", "windows"]),
  arch: deviceText.max(32),
  hostname: deviceText,
  role: z.enum(["device", "gateway"]),
  bootId: z.uuid(),
  nowAt: instantMs,
  wgPublicKey: wireguardKey,
  configVersion: z.int().min(0),
  /** Of the trust set that it was given last. */
  trustVersion: z.int().min(0).optional(),
  epoch: hex32,
  seq: z.object({ last: z.int().min(0), ackedByMe: z.int().min(0) }),
});

const report = z.object({
  kind: z.literal("report"),
  batchId: deviceText.max(64),
  events: z.array(postureEvent).min(1).max(200),
  head: sha256Hex,
  sig: base64url.max(256),
});

const beat = z.object({
  kind: z.literal("beat"),
  epoch: hex32,
  seq: z.int().min(0),
  factsDigest: sha256Hex,
  checkedAgeMs: z.object({ hot: ageMs, warm: ageMs, cold: ageMs }),
  clockMs,
});

const applied = z.object({
  kind: z.literal("applied"),
  what: z.enum(["config", "grants", "leases", "snapshot", "command"]),
  ref: deviceText.max(128),
  result: z.enum(["ok", "partial", "failed"]),
  errors: z.array(errorRef).max(16),
  tookMs: ageMs,
  kernelAtAgeMs: ageMs.optional(),
  clockMs,
});

const renew = z.object({ kind: z.literal("renew"), csr: pem.optional() });

/** What the machine is made of, for people; told after a start and daily. */
const inventory = z
  .record(z.string().regex(/^[a-z][a-z0-9.]{0,47}$/), deviceText)
  .refine((parts) => Object.keys(parts).length <= 64, "more than 64 parts");

const telemetry = z.object({
  kind: z.literal("telemetry"),
  peers: z
    .array(
      z.object({
        id: deviceText.max(64),
        handshakeAgeSeconds: z.number().min(0).nullable(),
        rxBytes: z.number().min(0),
        txBytes: z.number().min(0),
      }),
    )
    .max(256),
  denied: z
    .array(
      z.object({
        device: id,
        resource: id.optional(),
        dst: ipAddress,
        proto: deviceText.max(16),
        port: z.int().min(0).max(65_535),
        count: z.int().min(1),
      }),
    )
    .max(256)
    .optional(),
  netd: z.object({ wireguard: z.enum(["kernel", "userspace", "none"]), healthy: z.boolean() }),
  inventory: inventory.optional(),
});

/** A request for time-boxed access; `ref` comes back in the answer. */
const accessRequest = z.object({
  kind: z.literal("accessRequest"),
  ref: deviceText.max(64),
  resource: name,
  reason: deviceText.min(1),
  seconds: z
    .int()
    .min(60)
    .max(12 * 3_600),
});

/** A wish to sign the device's person in (as strong and as fresh as asked for) or out. */
const signIn = z.object({
  kind: z.literal("signIn"),
  verb: z.enum(["begin", "end"]),
  ref: deviceText.max(64),
  strength: z.enum(["single", "mfa", "phishing_resistant"]).optional(),
  maxAgeSeconds: z.int().min(0).max(2_592_000).optional(),
});

/** A gateway's word of what was opened without the controller; said at each greeting. */
const breakGlassOpened = z.object({
  kind: z.literal("breakGlassOpened"),
  opening: breakGlassOpening,
});

/** What a `bye` says whose sender is a member no longer, and has deleted its keys. */
export const leftReason = "unenrolled";

const bye = z.object({ kind: z.literal("bye"), reason: deviceText.max(128) });
const resync = z.object({ kind: z.literal("resync") });
/** What a receiver could not take, in both directions; `re` names the message. */
export const errorMessage = z.object({
  kind: z.literal("error"),
  code: deviceText.max(16),
  detail: deviceText.max(512),
  re: deviceText.max(128).optional(),
});

/** Everything that an agent may say on its link, by `kind`. */
export const agentMessage = z.discriminatedUnion("kind", [
  hello,
  report,
  beat,
  applied,
  renew,
  telemetry,
  accessRequest,
  signIn,
  breakGlassOpened,
  bye,
  resync,
  errorMessage,
]);

/** A message from agent to controller. */
export type AgentMessage = z.infer<typeof agentMessage>;
/** One kind of message from agent to controller. */
export type AgentMessageOf<K extends AgentMessage["kind"]> = Extract<AgentMessage, { kind: K }>;
