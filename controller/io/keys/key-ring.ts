/** The controller's private keys: made once by `init`, sealed in the store, opened at start. */
import type { SealedKey } from "../store/operations/setup.ts";
import type { Sealing } from "./sealing.ts";
import {
  generateSigningKey,
  type KeyPurpose,
  keyPurposes,
  readSigningKey,
  type SigningKey,
} from "./signing-key.ts";

const table = "key_";

/** The opened keys: one Ed25519 key per purpose, and the issuing authority's P-256 key as PKCS#8 DER. */
export interface KeyRing {
  readonly signing: Readonly<Record<KeyPurpose, SigningKey>>;
  readonly issuing: Buffer;
}

/** Returns new signing keys and the given issuing key, sealed for the store. */
export function sealNewKeys(sealing: Sealing, issuingPkcs8: Uint8Array): readonly SealedKey[] {
  const seal = (id: string, plain: Uint8Array): SealedKey => ({
    id,
    purpose: id,
    sealed: sealing.seal({ table, id }, plain),
  });
  return [
    ...keyPurposes.map((purpose) => seal(purpose, generateSigningKey())),
    seal("issuing", issuingPkcs8),
  ];
}

/** Opens the store's keys; throws SP-803 where one does not open or is absent. */
export function openKeyRing(sealing: Sealing, keys: readonly SealedKey[]): KeyRing {
  const open = (purpose: string) => {
    const key = keys.find((candidate) => candidate.purpose === purpose);
    return sealing.open({ table, id: key?.id ?? purpose }, key?.sealed ?? new Uint8Array(0));
  };
  const signing = (purpose: KeyPurpose) => readSigningKey(purpose, open(purpose));
  return {
    signing: {
      config: signing("config"),
      grant: signing("grant"),
      lease: signing("lease"),
      audit: signing("audit"),
    },
    issuing: open("issuing"),
  };
}
