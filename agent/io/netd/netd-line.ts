/** Lines of netd's socket: parsed at the edge, unknown members ignored. */
import { z } from "zod";
import { breakGlassOpening } from "#shared/protocol/break-glass.ts";
import type { Denied } from "../../core/gateway/denied.ts";
import { type NetdAnswer, netdNotices, type NetdNotice, type Observed } from "../../core/netd.ts";
import { parseJson } from "../json-text.ts";

const wireguard = z.enum(["kernel", "userspace", "none"]);

const refusal = z.object({
  code: z.string().max(64),
  at: z.string().max(256).default(""),
  detail: z.string().max(2048).default(""),
});

const line = z.looseObject({
  id: z.int(),
  ok: z.boolean(),
  error: refusal.optional(),
});

const notice = z.enum(netdNotices);
const event = z.object({
  event: z.string().max(64),
  at: z.number(),
  what: z.string().max(64).optional().catch(undefined),
  endpoint: z.string().max(128).optional().catch(undefined),
});

const protocols: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp" };
const denied = z.object({
  device: z.string().max(64),
  dst: z.string().max(64),
  proto: z.int().min(0).max(255),
  port: z.int().min(0).max(65_535),
  count: z.int().min(1),
});

const stepDetailMax = 512;
const hello = z.looseObject({
  wireguard,
  why: z
    .string()
    .transform((text) => text.slice(0, stepDetailMax))
    .optional(),
  os: z.string().max(32).default("linux"),
  configVersion: z.int().min(0).default(0),
  setAside: z.array(z.string().max(64)).max(16).default([]),
});

const steps = z
  .array(
    z.object({
      name: z.string().max(128),
      result: z.string().max(64),
      // What failed is told whatever length its reason has.
      detail: z
        .string()
        .transform((text) => text.slice(0, stepDetailMax))
        .default(""),
    }),
  )
  .max(256);

const observed = z.object({
  wireguard,
  configVersion: z.int().min(0).default(0),
  guard: z.object({ table: z.boolean(), rules: z.boolean() }),
  blocked: z.boolean().default(false),
  link: z.object({ up: z.boolean() }).nullish(),
  routes: z.array(z.string()).nullish(),
  peers: z
    .array(
      z.object({
        publicKey: z.string().max(64),
        endpoint: z.string().max(128).default(""),
        handshakeAgeSeconds: z.number().min(0).nullish(),
        rxBytes: z.number().min(0),
        txBytes: z.number().min(0),
      }),
    )
    .nullish(),
  grants: z.array(z.object({ jti: z.string().max(64), exp: z.number() })).nullish(),
  findings: z
    .array(z.object({ kind: z.string().max(64), detail: z.string().max(1024) }))
    .max(64)
    .nullish(),
});

/** An answer with all its members. */
export interface RawAnswer {
  readonly ok: boolean;
  readonly error: z.infer<typeof refusal> | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line of netd: an event, an answer with the id of its request, or something else. */
export type NetdLine =
  | {
      readonly kind: "event";
      readonly name: NetdNotice;
      readonly what: string;
      readonly endpoint: string | undefined;
      readonly denied?: Denied;
    }
  /** An event that this agent does not act on. */
  | { readonly kind: "unasked" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: RawAnswer }
  | { readonly kind: "other" };

/** Returns what a line of netd is. */
export function parseLine(text: string): NetdLine {
  const value = parseJson(text);
  const answer = line.safeParse(value);
  if (answer.success) {
    const { id, ok, error, ...fields } = answer.data;
    return { kind: "answer", id, answer: { ok, error: error ?? null, fields } };
  }
  const told = event.safeParse(value);
  if (!told.success) return { kind: "other" };
  const { what = "", endpoint } = told.data;
  const name = notice.safeParse(told.data.event);
  if (!name.success) return { kind: "unasked" };
  const refused = name.data === "denied" ? parseDenied(value) : null;
  return {
    kind: "event",
    name: name.data,
    what,
    endpoint,
    ...(refused === null ? {} : { denied: refused }),
  };
}

function parseDenied(value: unknown): Denied | null {
  const parsed = denied.safeParse(value);
  if (!parsed.success) return null;
  const { proto } = parsed.data;
  return { ...parsed.data, proto: protocols[proto] ?? String(proto) };
}

/** Returns what netd can do, or null where the answer does not say. */
export function parseHello(answer: RawAnswer): {
  wireguard: "kernel" | "userspace" | "none";
  why: string | undefined;
  os: string;
  configVersion: number;
  setAside: string[];
} | null {
  const parsed = hello.safeParse(answer.fields);
  if (!answer.ok || !parsed.success) return null;
  const { wireguard: kind, why, os, configVersion, setAside } = parsed.data;
  return { wireguard: kind, why, os, configVersion, setAside };
}

/** Returns an answer as the core reads it. */
export function parseAnswer(answer: RawAnswer): NetdAnswer {
  const at = z.number().safeParse(answer.fields["kernelAtMs"]);
  const made = steps.safeParse(answer.fields["steps"]);
  const openings = z.array(breakGlassOpening).safeParse(answer.fields["entries"]);
  const open = z.int().min(0).safeParse(answer.fields["openSeconds"]);
  return {
    ok: answer.ok,
    error: answer.error,
    kernelAtMs: at.success ? at.data : null,
    steps: made.success ? made.data : [],
    observed: parseObserved(answer.fields["observed"]),
    ...(openings.success ? { openings: openings.data } : {}),
    ...(open.success ? { openSeconds: open.data } : {}),
  };
}

function parseObserved(value: unknown): Observed | null {
  const parsed = observed.safeParse(value);
  if (!parsed.success) return null;
  const { routes, peers, grants, findings, blocked, link, ...rest } = parsed.data;
  const leadsSomewhere = (routes ?? []).length > 0 || (peers ?? []).length > 0;
  return {
    ...rest,
    open: !blocked && link?.up === true && leadsSomewhere,
    routes: routes ?? [],
    peers: (peers ?? []).map((peer) => ({
      ...peer,
      handshakeAgeSeconds: peer.handshakeAgeSeconds ?? null,
    })),
    grants: grants ?? [],
    findings: findings ?? [],
  };
}
