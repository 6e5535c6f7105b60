/**
 * Seals secrets at rest with AES-256-GCM under the key-encryption key (KEK). Table and id are
 * associated data, so a sealed value moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Secret } from "#shared/base/secret.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** Where a sealed value stands; part of what its seal covers. */
export interface SealedPlace {
  readonly table: string;
  readonly id: string;
}

/** Seals and opens values under one KEK. */
export interface Sealing {
  /** Returns nonce, tag and ciphertext. */
  seal(place: SealedPlace, plain: Uint8Array): Buffer;
  /** Returns the value; throws SP-803 where KEK, place or bytes are not those of the seal. */
  open(place: SealedPlace, sealed: Uint8Array): Buffer;
}

/** Returns a sealing over a KEK of 32 bytes. */
export function makeSealing(kek: Secret<Uint8Array>): Sealing {
  return {
    seal(place, plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", kek.reveal(), nonce);
      cipher.setAAD(placeBytes(place));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(place, sealed) {
      const nonce = sealed.subarray(0, nonceBytes);
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
      try {
        const decipher = createDecipheriv("aes-256-gcm", kek.reveal(), nonce, {
          authTagLength: tagBytes,
        });
        decipher.setAAD(placeBytes(place)).setAuthTag(tag);
        return Buffer.concat([
          decipher.update(sealed.subarray(nonceBytes + tagBytes)),
          decipher.final(),
        ]);
      } catch (cause) {
        throw new CodedError("SP-803", { place: `${place.table}/${place.id}` }, { cause });
      }
    },
  };
}

function placeBytes(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.id]));
}
