/** Joining and renewing: checks by the store, keys by the authority, then one transaction. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { makeId } from "#shared/base/id.ts";
import { spiffeOf } from "#shared/base/spiffe.ts";
import type { EnrolAnswer, EnrolRequest, RenewAnswer } from "#shared/protocol/enrolment.ts";
import { admitRenewal } from "../core/admission/admission.ts";
import type { ControllerEvent } from "../core/event.ts";
import type { Attestation, IdentityRecord } from "../core/record.ts";
import type { ControllerState } from "../core/state.ts";
import type { Authority, IssuedCertificate } from "../ports/authority.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Enrolment, EnrolmentResult } from "../ports/enrolment.ts";
import type { EnrolmentStore } from "../ports/enrolment-store.ts";
import type { ClientLeaf } from "../ports/client-leaf.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";

/** What joining works with. */
export interface EnrolmentParts {
  readonly state: ControllerState;
  readonly store: EnrolmentStore;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly controllers: readonly string[];
  readonly retryAfterSeconds: number;
  readonly dispatch: (event: ControllerEvent) => void;
}

/** Renews the certificate of an identity that proved its key; `spkiHex` is the key to certify. */
export type RenewCertificate = (
  identity: { readonly role: "device" | "gateway"; readonly id: string },
  csr: string | undefined,
) => Promise<IssuedCertificate>;

/** By what a request may join, after it was proved. */
export interface Credential {
  readonly keyId: string;
  readonly secretSha256: string;
  readonly attestation?: Attestation | undefined;
}

/** Returns the requests by which one joins with a key's secret, or renews late. */
export function makeEnrolment(parts: EnrolmentParts): Omit<Enrolment, "enrolByIdentity"> {
  return {
    async enrol(request, remoteAddress) {
      const result = await guarded(parts, () => enrol(parts, request, remoteAddress));
      noteResult(parts, result, { request, keyId: request.keyId, remoteAddress });
      return result;
    },
    renew: (leaf, remoteAddress, csr) =>
      guarded(parts, () => renewLate(parts, { leaf, remoteAddress }, csr)),
  };
}

/** Issues a certificate for a living identity's key, or for the key of its request, and keeps it. */
export function makeRenewal(parts: EnrolmentParts): RenewCertificate {
  return async ({ role, id }, csr) => {
    const { state, authority, clock } = parts;
    const held = role === "device" ? state.devices.get(id) : state.gateways.get(id);
    if (held === undefined) throw new CodedError("SP-203", { identity: id });
    const spkiHex =
      csr === undefined ? held.record.spkiHex : (await authority.readRequest(csr)).spkiHex;
    const issued = await authority.issue({ role, id, spkiHex, nowAt: clock.nowAt() });
    await parts.store.keepCertificate(issued.record);
    const endsAt = issued.record.notAfterAt;
    parts.dispatch({ kind: "certificateRenewed", identity: id, spkiHex, endsAt });
    parts.log.info("certificate renewed", { identity: id, notAfterAt: endsAt });
    return issued;
  };
}

/** Told only after a secret or an identity of ours was shown: before, nothing of a request is believed. */
const afterProof: ReadonlySet<string> = new Set([
  "SP-101",
  "SP-102",
  "SP-103",
  "SP-109",
  "SP-116",
  "SP-705",
]);

/** Counts what a request to join came to, and tells operators and administrators who was refused. */
export function noteResult(
  { metrics, log, store, clock }: EnrolmentParts,
  result: EnrolmentResult<EnrolAnswer>,
  asked: {
    readonly request: Pick<EnrolRequest, "device">;
    readonly keyId?: string;
    readonly remoteAddress: string;
  },
): void {
  metrics.count("sallyport_enrolments_total", { result: result.kind });
  if (result.kind !== "refused") return;
  const { error } = result;
  const { request, keyId, remoteAddress } = asked;
  log.warn("enrolment refused", { ...error, remoteAddress });
  const hostname = afterProof.has(error.code) ? request.device.hostname : undefined;
  const refused = { error, keyId, hostname, remoteAddress, nowAt: clock.nowAt() };
  store.keepRefusal(refused).catch((cause: unknown) => {
    log.warn("refused enrolment not kept", { why: String(cause) });
  });
}

function enrol(
  parts: EnrolmentParts,
  request: EnrolRequest,
  remoteAddress: string,
): Promise<EnrolmentResult<EnrolAnswer>> {
  const { keyId, secret } = request;
  const credential = { keyId, secretSha256: parts.crypto.secretHash(secret) };
  return joinBy(parts, { credential, request, remoteAddress });
}

/** Joins the device of a request whose credential the store judges. */
export async function joinBy(
  parts: EnrolmentParts,
  asked: {
    readonly credential: Credential;
    readonly request: Pick<EnrolRequest, "csr" | "wgPublicKey" | "role" | "device">;
    readonly remoteAddress: string;
  },
): Promise<EnrolmentResult<EnrolAnswer>> {
  const { store, authority, clock, crypto } = parts;
  const { credential, request, remoteAddress } = asked;
  const nowAt = clock.nowAt();
  const { spkiHex } = await authority.readRequest(request.csr);
  const found = await store.lookup({ ...credential, spkiHex, remoteAddress, nowAt });
  if (found.kind === "refused") return found;
  if (found.kind === "known") return answerKnown(parts, found.record);
  const { role } = found;
  if (request.role !== undefined && request.role !== role) {
    const params = { keyRole: role, role: request.role };
    return { kind: "refused", error: { code: "SP-109", params } };
  }
  const id = makeId(role === "device" ? "dev" : "gw", nowAt, crypto.randomBytes(10));
  const pending = found.pending === true;
  const issued = pending ? null : await authority.issue({ role, id, spkiHex, nowAt });
  const { wgPublicKey, device } = request;
  const order = { id, ...credential, spkiHex, wgPublicKey, device, remoteAddress, nowAt };
  const enrolled = await store.enrol({ ...order, certificate: issued?.record });
  if (enrolled.kind === "refused") {
    // Who asks again before the first answer has spent the key itself.
    const since = await store.lookup({ ...credential, spkiHex, remoteAddress, nowAt });
    return since.kind === "known" ? answerKnown(parts, since.record) : enrolled;
  }
  const { record } = enrolled;
  parts.dispatch({ kind: "recordsChanged", changes: [changeOf(record)] });
  const fields = { id, role, name: record.name, remoteAddress };
  parts.log.info(issued === null ? "enrolment pending" : "enrolled", fields);
  return issued === null ? pendingAnswer(parts) : answer(parts, record, issued);
}

async function answerKnown(
  parts: EnrolmentParts,
  record: IdentityRecord,
): Promise<EnrolmentResult<EnrolAnswer>> {
  const { id, role, status, spkiHex } = record;
  if (status === "pending") return pendingAnswer(parts);
  if (status === "revoked") {
    return { kind: "refused", error: { code: "SP-116", params: { identity: id } } };
  }
  const nowAt = parts.clock.nowAt();
  const issued = await parts.authority.issue({ role, id, spkiHex, nowAt });
  await parts.store.keepCertificate(issued.record);
  parts.log.info("enrolled", { id, role, name: record.name });
  return answer(parts, record, issued);
}

async function answer(
  parts: EnrolmentParts,
  { id, role }: IdentityRecord,
  issued: IssuedCertificate,
): Promise<EnrolmentResult<EnrolAnswer>> {
  const { trustDomain } = parts.state;
  const trust = await parts.authority.trustSet(spiffeOf(trustDomain, { role, id }));
  return {
    kind: "answer",
    answer: {
      id,
      chain: [...issued.chain],
      controllers: [...parts.controllers],
      trustDomain,
      trust,
    },
  };
}

async function renewLate(
  parts: EnrolmentParts,
  proof: { readonly leaf: ClientLeaf; readonly remoteAddress: string },
  csr: string | undefined,
): Promise<EnrolmentResult<RenewAnswer>> {
  const leaf = { ...proof.leaf, remoteAddress: proof.remoteAddress };
  const admitted = admitRenewal(parts.state, leaf, parts.clock.nowAt());
  if (admitted.kind === "refused") return { kind: "refused", error: admitted.error };
  const issued = await makeRenewal(parts)(admitted.identity, csr);
  const trust = await parts.authority.trustSet(leaf.identity);
  return { kind: "answer", answer: { chain: [...issued.chain], trust } };
}

function pendingAnswer(parts: EnrolmentParts): EnrolmentResult<never> {
  return { kind: "pending", retryAfterSeconds: parts.retryAfterSeconds };
}

function changeOf(record: IdentityRecord) {
  return record.role === "device"
    ? ({ kind: "device", record } as const)
    : ({ kind: "gateway", record } as const);
}

/** Runs a request; failures of ours become refusals without a text. */
export async function guarded<T>(
  parts: EnrolmentParts,
  run: () => Promise<EnrolmentResult<T>>,
): Promise<EnrolmentResult<T>> {
  try {
    return await run();
  } catch (error) {
    // Failures of ours (8xx, 9xx) are told by their code alone: their texts are for the log.
    if (error instanceof CodedError && !/^SP-[89]/.test(error.code)) {
      const refused: ErrorRef = { code: error.code, params: error.params };
      return { kind: "refused", error: refused };
    }
    const why = error instanceof Error ? error.message : String(error);
    parts.log.error("enrolment failed", { code: "SP-901", why });
    return { kind: "refused", error: { code: "SP-901", params: { why: "enrolment failed" } } };
  }
}
