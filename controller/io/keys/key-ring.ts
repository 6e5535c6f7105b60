/** The controller's private keys: made by `init` and by rotation, sealed in the store, opened at start. */
import type { SealedKey } from "../store/operations/key.ts";
import type { KeyTimes } from "./key-schedule.ts";
import type { Sealing } from "./sealing.ts";
import {
  generateSigningKey,
  type KeyPurpose,
  keyPurposes,
  type ObjectPurpose,
  readSigningKey,
  type SigningKey,
} from "./signing-key.ts";

const table = "key_";

/** A key that signs objects, with its name in the store and its times. */
export interface ObjectKey extends KeyTimes {
  readonly id: string;
  readonly signing: SigningKey & { readonly purpose: ObjectPurpose };
}

/** The keys of configs, grants and lease lists; `replace` is how a rotation changes them. */
export interface ObjectKeys {
  all(): readonly ObjectKey[];
  of(purpose: ObjectPurpose): readonly ObjectKey[];
  replace(keys: readonly ObjectKey[]): void;
}

/** The opened keys; the issuing authority's is P-256, as PKCS#8 DER. */
export interface KeyRing {
  readonly objects: ObjectKeys;
  readonly audit: SigningKey;
  readonly issuing: Buffer;
}

/** Returns new signing keys and the given issuing key, sealed for the store. */
export function sealNewKeys(sealing: Sealing, issuingPkcs8: Uint8Array): readonly SealedKey[] {
  const seal = (id: string, plain: Uint8Array): SealedKey => ({
    id,
    purpose: id,
    sealed: sealing.seal({ table, id }, plain),
    activeFromAt: 0,
  });
  return [
    ...keyPurposes.map((purpose) => seal(purpose, generateSigningKey())),
    seal("issuing", issuingPkcs8),
  ];
}

/** Returns a new key that is announced only, sealed for the store; its id is its `kid`. */
export function sealNewKey(sealing: Sealing, purpose: ObjectPurpose): SealedKey {
  const pkcs8 = generateSigningKey();
  const id = readSigningKey(purpose, pkcs8).publicJwk.kid;
  return { id, purpose, sealed: sealing.seal({ table, id }, pkcs8), activeFromAt: null };
}

/** Opens the store's keys; throws SP-803 where one does not open or is absent. */
export function openKeyRing(sealing: Sealing, keys: readonly SealedKey[]): KeyRing {
  const open = (purpose: KeyPurpose | "issuing") => {
    const key = keys.find((candidate) => candidate.purpose === purpose);
    return sealing.open({ table, id: key?.id ?? purpose }, key?.sealed ?? new Uint8Array(0));
  };
  // Opening one of each first says which is absent.
  for (const purpose of keyPurposes) open(purpose);
  const objects = keys.filter(({ purpose }) => purpose !== "audit" && purpose !== "issuing");
  return {
    objects: makeObjectKeys(objects.map((key) => openObjectKey(sealing, key))),
    audit: readSigningKey("audit", open("audit")),
    issuing: open("issuing"),
  };
}

/** Opens one key of an object purpose. */
export function openObjectKey(sealing: Sealing, key: SealedKey): ObjectKey {
  const { id, activeFromAt } = key;
  // The store's own words; another purpose would not verify anywhere.
  const purpose = key.purpose as ObjectPurpose;
  const signing = readSigningKey(purpose, sealing.open({ table, id }, key.sealed));
  return { id, activeFromAt, signing: { ...signing, purpose } };
}

function makeObjectKeys(first: readonly ObjectKey[]): ObjectKeys {
  let held = first;
  return {
    all: () => held,
    of: (purpose) => held.filter(({ signing }) => signing.purpose === purpose),
    replace: (keys) => {
      held = keys;
    },
  };
}
