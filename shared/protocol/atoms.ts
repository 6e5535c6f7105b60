/** Small schemas that every message group shares; limits are part of the schema. */
import { z } from "zod";
import { idPattern } from "../base/id.ts";
import { errorTable } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import { parseAddress, formatAddress } from "../net/address.ts";
import { parseCidr } from "../net/cidr.ts";

/** Seconds since the epoch, as signed objects have them. */
export const epochSeconds = z.int().min(0).max(8_640_000_000_000);

/** Milliseconds since the epoch. */
export const instantMs = z.int().min(0).max(8_640_000_000_000_000);
/** Id with the prefix of its family, such as `dev_…`. */
export const id = z.string().regex(idPattern);
/** Sixteen bytes as lower-case hexadecimal digits. */
export const hex32 = z.string().regex(/^[0-9a-f]{32}$/);
/** SHA-256 as lower-case hexadecimal digits. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
/** Base64 of RFC 4648 §5 without padding; whoever uses it adds a length. */
export const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/);
/** WireGuard public key in standard base64: 32 bytes, 44 characters. */
export const wireguardKey = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/);
/** Name that people give: lower case, never empty, safe in a path. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
/** Dotted name of a signal; whether the catalogue knows it is judged later. */
export const signalName = z
  .string()
  .max(64)
  .regex(/^[a-z]+(\.[a-z0-9_]+)+$/);
/** Text reported by a device: short and free of C0 and C1 controls. */
export const deviceText = z
  .string()
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/);
/** Prefix in canonical form, host bits zero. */
export const cidr = z
  .string()
  .max(49)
  .refine((text) => parseCidr(text) !== null, "not a canonical CIDR");
/** Address in canonical form, without zone. */
export const ipAddress = z
  .string()
  .max(45)
  .refine((text) => {
    const address = parseAddress(text);
    return address !== null && formatAddress(address) === text;
  }, "not a canonical IP address");
/** `host:port`, an IPv6 host in brackets. */
export const endpoint = z
  .string()
  .max(260)
  .regex(/^(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]{1,253}):([1-9][0-9]{0,4})$/);
/** Identity of a program as its certificate names it. */
export const spiffeId = z
  .string()
  .max(256)
  .regex(/^spiffe:\/\/[a-z0-9.-]{1,100}\/(controller|(device|gateway)\/[a-z0-9_]{1,64})$/);
/** JWS in compact form. A limit of its own each: a second `max` would not lift the first. */
export const jwsWithin = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
/** A grant, or whatever else is as small. */
export const jwsCompact = jwsWithin(48 * 1024);
/** Certificate or request as PEM, unparsed. */
export const pem = z.string().max(16 * 1024);
const errorCode = z
  .string()
  .refine((code): code is ErrorCode => code in errorTable, "unknown code");
/** Code of the table of errors with what fills its texts. */
export const errorRef = z.object({
  code: errorCode,
  params: z.record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()])),
});
