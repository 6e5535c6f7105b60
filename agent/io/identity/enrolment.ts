/**
 * Joining: keys are made once per enrolment key and kept in a draft, so that asking again after 202
 * or a restart is the same request. The enrolment key is deleted as soon as it is spent.
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import { enrolAnswer, type EnrolAnswer, enrolPending } from "#shared/protocol/enrolment.ts";
import type { Host } from "../../core/identity.ts";
import type { EnrolmentOutcome } from "../../core/enrolment.ts";
import { readSerials } from "../host.ts";
import { type Answer, postJson, refusalOf } from "../link/post.ts";
import { probeRoot } from "../link/root-probe.ts";
import type { NetdClient } from "../netd/netd-client.ts";
import { checkLeaf, parseCertificate, pinOf } from "./certificate.ts";
import { makeRequest } from "./certificate-request.ts";
import { parseEnrolmentKey } from "./enrolment-key.ts";
import {
  readDraft,
  removeDraft,
  type StoredDraft,
  type StoredIdentity,
  writeDraft,
} from "./identity-file.ts";
import { handOverWireguardKey } from "./wireguard-key.ts";

/** What joining needs of its surroundings. */
export interface Surroundings {
  readonly directory: string;
  readonly host: Host;
  readonly netd: Pick<NetdClient, "call">;
  /** The HTTP proxy on the way to the controller. */
  readonly proxy: string | null;
}

/** How asking ended. */
export type Asked =
  { readonly kind: "member"; readonly identity: StoredIdentity } | EnrolmentOutcome;

/** Asks with a new enrolment key, or (null) again with the one that waits. */
export async function askToJoin(key: string | null, around: Surroundings): Promise<Asked> {
  try {
    const draft = key === null ? waitingDraft(around) : await newDraft(key, around);
    const asked = await ask(draft, around);
    if (asked.kind === "failed" && asked.final) removeDraft(around.directory);
    return asked;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, params } = error;
    const final = code !== "SP-110" && code !== "SP-401";
    if (final || key !== null) removeDraft(around.directory);
    return { kind: "failed", error: { code, params }, final };
  }
}

async function newDraft(key: string, around: Surroundings): Promise<StoredDraft> {
  const { u: url, p: pin } = parseEnrolmentKey(key);
  const root = await probeRoot(url, pin, around.proxy);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const draft: StoredDraft = {
    schema: "sallyport.enrolment/1",
    key,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    wgPublicKey: await handOverWireguardKey(around.netd),
    root,
  };
  writeDraft(around.directory, draft);
  return draft;
}

function waitingDraft(around: Surroundings): StoredDraft {
  const { content } = readDraft(around.directory);
  if (content === null) throw new CodedError("SP-304");
  return content;
}

async function ask(draft: StoredDraft, around: Surroundings): Promise<Asked> {
  const key = parseEnrolmentKey(draft.key);
  const url = new URL("/v1/enrol", key.u).href;
  const { hostname, os } = around.host;
  const answer = await postJson(
    url,
    {
      keyId: key.k,
      secret: key.s,
      csr: makeRequest(createPrivateKey(draft.privateKey)),
      wgPublicKey: draft.wgPublicKey,
      device: { hostname, os, serials: readSerials() },
    },
    { rootPem: draft.root, proxy: around.proxy },
  );
  return readAnswer({ url, answer, draft, pin: key.p }, around);
}

async function readAnswer(
  got: { url: string; answer: Answer; draft: StoredDraft; pin: string },
  around: Surroundings,
): Promise<Asked> {
  const { url, answer } = got;
  if (answer.status === 202) {
    const pending = enrolPending.safeParse(answer.body);
    const retryAfterSeconds = pending.success ? pending.data.retryAfterSeconds : 30;
    return { kind: "pending", retryAfterSeconds };
  }
  if (answer.status !== 201) {
    const final = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
    return { kind: "failed", error: refusalOf(url, answer), final };
  }
  const parsed = enrolAnswer.safeParse(answer.body);
  if (!parsed.success) {
    const why = parsed.error.issues[0]?.message ?? "not understood";
    throw new CodedError("SP-205", { kind: "enrolment answer", why });
  }
  return { kind: "member", identity: await memberOf(parsed.data, got, around) };
}

/** Nothing of an answer is believed: the chain must lead to the pinned root, the leaf be ours. */
async function memberOf(
  answer: EnrolAnswer,
  got: { draft: StoredDraft; pin: string },
  around: Surroundings,
): Promise<StoredIdentity> {
  const { draft, pin } = got;
  const root = parseCertificate(draft.root);
  if (pinOf(root) !== pin) throw new CodedError("SP-201", { peer: "the controller" });
  const privateKey = createPrivateKey(draft.privateKey);
  const { trustDomain, chain, controllers, trust } = answer;
  const leaf = checkLeaf(chain, { root, privateKey, trustDomain });
  if (leaf.role !== around.host.role) {
    const why = `it is for a ${leaf.role}, this daemon runs as a ${around.host.role}`;
    throw new CodedError("SP-104", { why });
  }
  const taken = await around.netd.call("trust", { set: trust });
  if (!taken.ok) {
    const why = `trust set: ${taken.error?.detail ?? "refused"}`;
    throw new CodedError("SP-405", { code: taken.error?.code ?? "refused", why });
  }
  return {
    schema: "sallyport.identity/1",
    id: leaf.id,
    role: leaf.role,
    trustDomain,
    controllers,
    wgPublicKey: draft.wgPublicKey,
    privateKey: draft.privateKey,
    chain,
    root: draft.root,
    rootPin: pin,
    trust,
  };
}
