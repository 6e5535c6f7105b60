/** Bytes and text of certificates; this layer sees no node:*, so it has no Buffer. */

/** Returns unpadded base64url (RFC 4648 §5). */
export function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Returns lower-case hexadecimal. */
export function toHex(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Returns the bytes of hexadecimal text. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Returns unpadded base64url of the SHA-256 of the bytes: how SPKIs are pinned. */
export async function pinOf(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64url(await crypto.subtle.digest("SHA-256", bytes));
}
