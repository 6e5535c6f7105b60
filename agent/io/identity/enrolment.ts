/**
 * Joining: keys are made once per credential and kept in a draft, so that asking again after 202 or a
 * restart is the same request. The credential is deleted as soon as it is spent.
 */
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import {
  enrolAnswer,
  type EnrolAnswer,
  enrolChallenge,
  enrolPending,
} from "#shared/protocol/enrolment.ts";
import { identityProofText } from "#shared/protocol/identity-proof.ts";
import type { Host } from "../../core/identity.ts";
import type { JoiningMessage } from "../../ports.ts";
import type { Credential, EnrolmentOutcome } from "../../core/enrolment.ts";
import { readSerials } from "../host.ts";
import { type Answer, postJson, refusalOf } from "../link/post.ts";
import { probeRoot } from "../link/root-probe.ts";
import type { NetdClient } from "../netd/netd-client.ts";
import { type AllowedDoor, requireAllowed } from "./allowed-door.ts";
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
  readonly door: AllowedDoor;
  /** Hears what is told of this machine, once for a credential. */
  readonly told: (message: JoiningMessage) => void;
}

/** How asking ended. */
export type Asked =
  { readonly kind: "member"; readonly identity: StoredIdentity } | EnrolmentOutcome;

/** Asks by a new credential, or (null, or by the same key) again by the one that waits. */
export async function askToJoin(by: Credential | null, around: Surroundings): Promise<Asked> {
  const { directory } = around;
  const { content: waiting } = readDraft(directory);
  const again = by === null || (by.kind === "key" && waiting?.key === by.key.reveal());
  const failed = (error: ErrorRef, final: boolean): Asked => {
    if (final) removeDraft(directory);
    return { kind: "failed", error, final };
  };
  try {
    const draft = again ? waiting : await newDraft(by, around);
    if (draft === null) throw new CodedError("SP-304");
    const joining = joiningOf(draft, around.host);
    if (!again) around.told({ kind: "joining", ...joining, ...chainOf(draft) });
    const asked = await ask(draft, joining, around);
    return asked.kind === "failed" ? failed(asked.error, asked.final) : asked;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, params } = error;
    const isUnreachable = code === "SP-110" || code === "SP-401";
    return failed({ code, params }, !again || !isUnreachable);
  }
}

async function newDraft(by: Credential, around: Surroundings): Promise<StoredDraft> {
  const shown = await shownBy(by);
  const { url, pin } = doorOf(shown);
  requireAllowed({ url, pin }, around.door);
  await requireForgotten(around.netd);
  const root = await probeRoot(url, pin, around.proxy);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const draft: StoredDraft = {
    schema: "sallyport.enrolment/1",
    ...shown,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    wgPublicKey: await handOverWireguardKey(around.netd),
    root,
  };
  writeDraft(around.directory, draft);
  return draft;
}

/**
 * netd's memory outlives the agent's, and only leaving forgets it: it would refuse what the controller has
 * by then spent a use of the key on.
 */
async function requireForgotten(netd: Surroundings["netd"]): Promise<void> {
  const { ok, fields } = await netd.call("hello", { protocol: 1, write: false });
  if (ok && typeof fields["identity"] === "string") throw knownToNetd();
}

function knownToNetd(): CodedError {
  return new CodedError("SP-140", { device: "another one, which sallyport-netd still knows" });
}

/** Returns what of a credential is needed again while an administrator has not approved. */
async function shownBy(by: Credential): Promise<Pick<StoredDraft, "key" | "managed" | "identity">> {
  if (by.kind === "key") {
    return { key: by.key.reveal(), ...(by.managed === true ? { managed: true } : {}) };
  }
  // Its library is as large as everything else of the daemon, and few ever need it.
  const { openIdentityBundle } = await import("./identity-bundle.ts");
  const { controller, rootPin } = by;
  const file = Buffer.from(by.file.reveal(), "base64");
  const { privateKey, chain } = openIdentityBundle(file, by.password);
  return { identity: { controller, rootPin, privateKey, chain: [...chain] } };
}

/** Returns the controller's URL and the pin of its root. */
function doorOf({ key, identity }: Pick<StoredDraft, "key" | "identity">): {
  readonly url: string;
  readonly pin: string;
} {
  if (identity !== undefined) return { url: identity.controller, pin: identity.rootPin };
  const { u: url, p: pin } = parseEnrolmentKey(key ?? "");
  return { url, pin };
}

type Joining = Omit<JoiningMessage, "kind" | "chain">;

function joiningOf(draft: StoredDraft, { hostname, os, role }: Host): Joining {
  return {
    csr: makeRequest(createPrivateKey(draft.privateKey)),
    wgPublicKey: draft.wgPublicKey,
    role,
    device: { hostname, os, serials: readSerials() },
  };
}

function chainOf({ identity }: StoredDraft): Pick<JoiningMessage, "chain"> {
  return identity === undefined ? {} : { chain: identity.chain };
}

async function ask(draft: StoredDraft, joining: Joining, around: Surroundings): Promise<Asked> {
  const door = doorOf(draft);
  const url = new URL("/v1/enrol", door.url).href;
  const credentials = { rootPem: draft.root, proxy: around.proxy };
  const { identity } = draft;
  if (identity === undefined) {
    const { k: keyId, s: secret } = parseEnrolmentKey(draft.key ?? "");
    const answer = await postJson(url, { keyId, secret, ...joining }, credentials);
    return readAnswer({ url, answer, draft, pin: door.pin }, around);
  }
  const { chain, privateKey } = identity;
  const first = await postJson(url, { identity: { chain }, ...joining }, credentials);
  const challenged = enrolChallenge.safeParse(first.body);
  if (first.status !== 200 || !challenged.success) {
    return readAnswer({ url, answer: first, draft, pin: door.pin }, around);
  }
  const { challenge } = challenged.data;
  const text = identityProofText({ challenge, ...joining });
  const proof = { challenge, signature: signText(privateKey, text) };
  const answer = await postJson(url, { identity: { chain, proof }, ...joining }, credentials);
  return readAnswer({ url, answer, draft, pin: door.pin }, around);
}

function signText(privateKey: string, text: string): string {
  const key = createPrivateKey(privateKey);
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return sign(algorithm, Buffer.from(text), key).toString("base64url");
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
    if (taken.error?.code === "conflict") throw knownToNetd();
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
