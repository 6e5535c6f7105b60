/** What the controller says on the control channel; agents refuse unknown fields only inside signed objects. */
import { z } from "zod";
import { reasonCodes } from "../policy/decision.ts";
import {
  deviceText,
  hex32,
  id,
  instantMs,
  jwsCompact,
  jwsWithin,
  name,
  pem,
  sha256Hex,
  signalName,
} from "./atoms.ts";
import { errorMessage } from "./agent-message.ts";
import { configCharactersMax } from "./capability.ts";

const jti = z.string().min(1).max(64);

const reason = z.object({
  code: z.enum(reasonCodes),
  params: z.record(z.string().max(64), z.union([z.string().max(256), z.number(), z.boolean()])),
});

const fix = z.object({
  signal: z.string().max(64),
  text: z.string().max(512),
  command: z.string().max(384).optional(),
  who: z.enum(["user", "it"]),
});

const welcome = z.object({
  kind: z.literal("welcome"),
  serverAt: instantMs,
  capability: z.int().min(1),
  heartbeatMs: z.int().min(1_000).max(120_000),
  epoch: hex32,
  ackedSeq: z.int().min(0),
  device: z.object({ id, name }),
  minVersion: deviceText.max(64),
  features: z.array(name).max(64),
});
const ack = z.object({ kind: z.literal("ack"), epoch: hex32, seq: z.int().min(0) });
const config = z.object({ kind: z.literal("config"), jws: jwsWithin(configCharactersMax) });
const grants = z.object({
  kind: z.literal("grants"),
  n: z.int().min(1),
  add: z.array(jwsCompact).max(32),
  remove: z.array(jti).max(1024),
});
const snapshot = z.object({
  kind: z.literal("snapshot"),
  epoch: hex32,
  part: z.int().min(1),
  parts: z.int().min(1).max(10_000),
  hash: sha256Hex,
  grants: z.array(jwsCompact).max(1024),
});
const leases = z.object({ kind: z.literal("leases"), jws: jwsWithin(200 * 1024) });
const check = z.object({ kind: z.literal("check"), hash: sha256Hex });
const certificate = z.object({
  kind: z.literal("certificate"),
  chain: z.array(pem).min(1).max(4),
  notAfterAt: instantMs,
});
/** What the posture means at the moment: for people and the status, never for netd. */
export const verdict = z.object({
  kind: z.literal("verdict"),
  version: z.int().min(0),
  levels: z
    .array(
      z.object({
        id: z.string().max(64),
        verdict: z.enum(["met", "grace", "notMet", "unknown"]),
        until: instantMs.optional(),
        needs: z
          .array(z.object({ signal: signalName, met: z.boolean() }))
          .max(64)
          .optional(),
      }),
    )
    .max(64),
  resources: z
    .array(
      z.object({
        resource: id,
        name,
        state: z.enum(["open", "blocked", "stepUp", "pending"]),
        reference: z.string().max(16).optional(),
        reasons: z.array(reason).max(8),
        fixes: z.array(fix).max(8),
        gateway: name.optional(),
        /** Of what is open: the end of its grant, and how long it goes on where nobody renews it. */
        validUntilAt: instantMs.optional(),
        leaseSeconds: z.int().min(1).max(900).optional(),
        toleranceSeconds: z.int().min(0).max(3_600).optional(),
      }),
    )
    .max(1000),
  /** How many resources there are beside those, for which a frame has no room. */
  unnamed: z.object({ open: z.int().min(0), closed: z.int().min(0) }).optional(),
  message: z.string().max(512).optional(),
  /** An administrator closed the machine as a whole; a gateway is told nothing else by a verdict. */
  held: z.literal("quarantined").optional(),
});
const command = z.object({
  kind: z.literal("command"),
  id,
  verb: z.enum(["recheck", "evidence", "disconnect", "bundle"]),
  args: z.object({ signals: z.array(z.string().max(64)).max(64).optional() }),
  deadlineAt: instantMs,
});

/** What became of an `accessRequest`; a refusal says why in plain words. */
const accessAnswer = z.object({
  kind: z.literal("accessAnswer"),
  ref: z.string().max(64),
  result: z.enum(["waiting", "refused"]),
  request: id.optional(),
  why: z.string().max(256).optional(),
});

/** What became of a `signIn`: a page for the person, the end of a sign-in, or why not. */
const signInAnswer = z.object({
  kind: z.literal("signInAnswer"),
  ref: z.string().max(64),
  result: z.enum(["page", "ended", "refused"]),
  url: z
    .url({ protocol: /^https?$/ })
    .max(1_024)
    .optional(),
  code: z.string().max(16).optional(),
  untilAt: instantMs.optional(),
  why: z.string().max(256).optional(),
});

/** Who is signed in on this device; said at each greeting and at each change. */
const userSession = z.object({
  kind: z.literal("userSession"),
  user: z.object({ id, name: z.string().max(255) }).nullable(),
  authAt: instantMs.optional(),
  expiresAt: instantMs.optional(),
  acr: z.string().max(255).optional(),
});

/** Carries a newer trust set for netd (keys rotated); signed, so the agent just carries it. */
const trust = z.object({ kind: z.literal("trust"), set: z.record(z.string(), z.unknown()) });

/** Everything that a controller may say on a link, by `kind`. */
export const controllerMessage = z.discriminatedUnion("kind", [
  welcome,
  ack,
  config,
  grants,
  snapshot,
  leases,
  check,
  certificate,
  verdict,
  command,
  trust,
  accessAnswer,
  signInAnswer,
  userSession,
  errorMessage,
]);

/** A message from controller to agent. */
export type ControllerMessage = z.infer<typeof controllerMessage>;
/** One kind of message from controller to agent. */
export type ControllerMessageOf<K extends ControllerMessage["kind"]> = Extract<
  ControllerMessage,
  { kind: K }
>;
