/** The certificate authority of a running controller: issuing certificates and trust sets. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { canonicalJson } from "#shared/base/canonical-json.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import { spiffeOf } from "#shared/base/spiffe.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import type { Authority } from "../../ports/authority.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import { believedKeys } from "../keys/key-schedule.ts";
import type { ObjectPurpose } from "../keys/signing-key.ts";
import { certificatePin } from "../pki/authority.ts";
import { type Issuer, makeIssuer } from "../pki/issuer.ts";
import { verifyManagedIdentity } from "./managed-identity.ts";
import { readRequest } from "../pki/request.ts";
import { exportPrivateKey, importPrivateKey, makeKeyPair } from "../pki/signing-key.ts";
import { signTrustSet } from "../pki/trust-signer.ts";
import type { StoreThreads } from "../store/store-threads.ts";

/** Certificates and names that `init` fixed. */
export interface AuthoritySettings {
  readonly trustDomain: string;
  /** This controller's own name in its SPIFFE id. */
  readonly name: string;
  /** DNS names and IP addresses of the agents' port. */
  readonly addresses: readonly string[];
  readonly rootPem: string;
  readonly issuingPem: string;
}

/** What the authority works with. */
export interface AuthorityParts {
  readonly settings: AuthoritySettings;
  readonly keys: KeyRing;
  readonly store: Pick<StoreThreads, "read" | "write">;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "gauge">;
}

/** Returns the authority over the opened keys. */
export async function makeAuthority(parts: AuthorityParts): Promise<Authority> {
  const { settings, clock } = parts;
  const { trustDomain, issuingPem, rootPem } = settings;
  const issuingKey = await importPrivateKey(new Uint8Array(parts.keys.issuing));
  const issuer = makeIssuer(issuingPem, issuingKey);
  const trust = await makeTrustSets(parts, issuer);
  const tellExpiry = (kind: "root" | "issuing" | "server", atMs: number) =>
    parts.metrics.gauge("sallyport_certificate_expiry_timestamp_seconds", { kind }, atMs / 1000);
  tellExpiry("root", new X509Certificate(rootPem).validToDate.getTime());
  tellExpiry("issuing", new X509Certificate(issuingPem).validToDate.getTime());
  return {
    async readRequest(csrPem) {
      const result = await readRequest(csrPem);
      if (result.kind === "refused") throw new CodedError("SP-703", { why: result.why });
      return { spkiHex: result.spkiHex };
    },
    verifyIdentity: verifyManagedIdentity,
    async issue(order) {
      const identity = spiffeOf(trustDomain, { role: order.role, id: order.id });
      const leaf = await issuer.issueAgent(identity, order.spkiHex, order.nowAt);
      return { record: { ...leaf, identity }, chain: [leaf.pem, issuingPem] };
    },
    async serverCredentials() {
      const keys = await makeKeyPair();
      const names = {
        spiffe: spiffeOf(trustDomain, { role: "controller", id: settings.name }),
        addresses: settings.addresses,
      };
      const leaf = await issuer.issueServer(names, keys.publicKey, clock.nowAt());
      tellExpiry("server", leaf.notAfterAt);
      return {
        keyPem: pemOf(await exportPrivateKey(keys.privateKey)),
        chainPem: [leaf.pem, issuingPem, rootPem].map((pem) => `${pem.trim()}\n`).join(""),
        issuersPem: [issuingPem],
        notAfterAt: leaf.notAfterAt,
      };
    },
    trustSet: trust,
  };
}

/**
 * The same content is the same bytes for one identity: ECDSA signatures differ each time, and netd
 * refuses other bytes under the version it holds. Versions count seconds, so that they rise across
 * a restored backup too.
 */
async function makeTrustSets(
  parts: AuthorityParts,
  issuer: Issuer,
): Promise<(aud: string) => Promise<TrustSet>> {
  const { store, clock, settings } = parts;
  const roots = [await certificatePin(settings.rootPem)];
  const make = async (aud: string): Promise<TrustSet> => {
    const breakGlassKeys = [...(await store.read("break_glass.keys", undefined))];
    const content = { ...contentOf(parts, roots), breakGlassKeys, aud };
    const contentHash = hashOf(canonicalJson(content));
    const held = await store.read("trust.read", aud);
    if (held?.contentHash === contentHash) {
      return { ...content, version: held.version, sig: held.sig };
    }
    const version = Math.max((held?.version ?? 0) + 1, Math.floor(clock.nowAt() / 1000));
    const set = await signTrustSet({ ...content, version }, issuer);
    await store.write("trust.put", { identity: aud, version, contentHash, sig: set.sig });
    return set;
  };
  // One after the other: two at once for one identity would sign the same version twice.
  const last = new Map<string, Promise<void>>();
  const forget = (aud: string, settled: Promise<void>): void => {
    if (last.get(aud) === settled) last.delete(aud);
  };
  return (aud) => {
    const next = (last.get(aud) ?? Promise.resolve()).then(() => make(aud));
    const settled: Promise<void> = next.then(
      () => forget(aud, settled),
      () => forget(aud, settled),
    );
    last.set(aud, settled);
    return next;
  };
}

function contentOf({ settings, keys, clock }: AuthorityParts, roots: string[]) {
  const nowAt = clock.nowAt();
  const believed = (purpose: ObjectPurpose) =>
    believedKeys(keys.objects.of(purpose), nowAt).map(({ signing }) => signing.publicJwk);
  return {
    roots,
    configKeys: believed("config"),
    grantKeys: believed("grant"),
    leaseKeys: believed("lease"),
    killed: [],
    chain: [settings.issuingPem, settings.rootPem],
  };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function pemOf(pkcs8: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  return key.export({ type: "pkcs8", format: "pem" });
}
