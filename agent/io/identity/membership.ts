/** Owns the device key: everything that signs with it or replaces what it is known by. */
import { createPrivateKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { renewAnswer } from "#shared/protocol/enrolment.ts";
import type { Identity } from "../../core/identity.ts";
import type { Membership, Renewed } from "../../ports.ts";
import { postJson, refusalOf } from "../link/post.ts";
import type { Credentials } from "../link/server-identity.ts";
import { lateWriter, type Told } from "../store/late-writer.ts";
import type { Wait } from "../store/try-again.ts";
import { checkLeaf, parseCertificate, validityOf } from "./certificate.ts";
import { askToJoin, type Surroundings } from "./enrolment.ts";
import { removeIdentity, type StoredIdentity, writeIdentity } from "./identity-file.ts";

/** A membership, and what connections show of it. */
export interface OpenMembership {
  readonly membership: Membership;
  /** Throws SP-304 while nobody was joined. */
  readonly credentials: () => Credentials;
}

/**
 * Opens what `identity.json` held; `stored` is null where this machine has not joined. What a full disk
 * does not take of a renewal counts all the same, and is written as soon as there is room.
 */
export function openMembership(
  stored: StoredIdentity | null,
  around: Surroundings,
  tools: { readonly told: Told; readonly wait?: Wait },
): OpenMembership {
  let held = stored === null ? null : withKey(stored);
  const present = (): Held => {
    if (held === null) throw new CodedError("SP-304");
    return held;
  };
  const keep = (identity: StoredIdentity): void => {
    held = withKey(identity);
    writeIdentity(around.directory, identity);
  };
  // Of what is held then: by that time the machine may have left, or joined anew.
  const writeHeld = () => held !== null && writeIdentity(around.directory, held.identity);
  const writeLate = lateWriter(writeHeld, tools.told, tools.wait);
  const replace = (identity: StoredIdentity): void => {
    held = withKey(identity);
    writeLate(undefined);
  };
  const credentials = (): Credentials => ({ ...credentialsOf(present()), proxy: around.proxy });
  const takeChain = (chain: readonly string[], trust?: StoredIdentity["trust"]): Renewed => {
    const done = attempt(() => {
      const { identity, key } = present();
      const leaf = checkLeaf(chain, {
        root: parseCertificate(identity.root),
        privateKey: key,
        trustDomain: identity.trustDomain,
      });
      if (leaf.id !== identity.id) throw new CodedError("SP-201", { peer: leaf.id });
      replace({ ...identity, chain: [...chain], ...(trust === undefined ? {} : { trust }) });
      return leaf.validity;
    });
    return done.ok
      ? { kind: "renewed", certificate: done.value }
      : { kind: "failed", error: done.error };
  };
  return {
    credentials,
    membership: {
      enrol: async (by) => {
        const asked = await askToJoin(by, around);
        if (asked.kind !== "member") return asked;
        const kept = attempt(() => keep(asked.identity));
        if (!kept.ok) return { kind: "failed", error: kept.error, final: false };
        return {
          kind: "enrolled",
          identity: publicPart(asked.identity),
          epoch: randomBytes(16).toString("hex"),
        };
      },
      renewLate: async (url) => {
        const answer = await renew(url, credentials());
        return answer.kind === "failed" ? answer : takeChain(answer.chain, answer.trust);
      },
      storeCertificate: (chain) => Promise.resolve(takeChain(chain)),
      storeTrust: async (set) => replace({ ...present().identity, trust: { ...set } }),
      sign: (head) =>
        sign("sha256", Buffer.from(head, "ascii"), {
          key: present().key,
          dsaEncoding: "ieee-p1363",
        }).toString("base64url"),
      forget: async () => {
        held = null;
        removeIdentity(around.directory);
      },
    },
  };
}

/** Returns an identity without its private key. */
export function publicPart(stored: StoredIdentity): Identity {
  const { id, role, trustDomain, controllers, wgPublicKey, trust } = stored;
  const certificate = validityOf(parseCertificate(stored.chain[0] ?? ""));
  return { id, role, trustDomain, controllers, wgPublicKey, trust, certificate };
}

/** Signing a report is on the way of a cut-off: the key is parsed once. */
interface Held {
  readonly identity: StoredIdentity;
  readonly key: KeyObject;
}

function withKey(identity: StoredIdentity): Held {
  return { identity, key: createPrivateKey(identity.privateKey) };
}

function credentialsOf({ identity, key }: Held): Credentials {
  return { rootPem: identity.root, client: { key, chain: identity.chain } };
}

async function renew(
  controller: string,
  credentials: Credentials,
): Promise<
  | { kind: "answered"; chain: readonly string[]; trust: StoredIdentity["trust"] }
  | Extract<Renewed, { kind: "failed" }>
> {
  const url = new URL("/v1/renew", controller.replace(/^wss:/, "https:")).href;
  try {
    const answer = await postJson(url, {}, credentials);
    const parsed = renewAnswer.safeParse(answer.body);
    if (answer.status !== 200 || !parsed.success) {
      return { kind: "failed", error: refusalOf(url, answer) };
    }
    return { kind: "answered", chain: parsed.data.chain, trust: parsed.data.trust };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { kind: "failed", error: { code: error.code, params: error.params } };
  }
}

type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRef };

/** Returns what the work returned, or its coded failure; anything else is thrown on. */
function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { ok: false, error: { code: error.code, params: error.params } };
  }
}
