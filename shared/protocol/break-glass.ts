/** What two administrators sign so that a gateway opens without the controller. */
import { z } from "zod";
import {
  base64url,
  cidr,
  deviceText,
  epochSeconds,
  name,
  spiffeId,
  wireguardKey,
} from "./atoms.ts";

/** How long a break-glass may last at most. */
export const breakGlassMaxSeconds = 3_600;

const jti = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);

/** The payload; times are seconds since the epoch, resources are names. */
export const breakGlassPayload = z
  .strictObject({
    aud: spiffeId,
    sub: spiffeId,
    jti,
    iat: epochSeconds,
    exp: epochSeconds,
    cnf: z.strictObject({ jkt: base64url.length(43) }),
    wg: z.strictObject({ pk: wireguardKey, ips: z.array(cidr).min(1).max(2) }),
    resources: z.array(name).min(1).max(8),
    reason: deviceText.min(1),
  })
  .refine(({ iat, exp }) => exp > iat && exp - iat <= breakGlassMaxSeconds, {
    path: ["exp"],
    error: `it lasts more than nothing and at most ${breakGlassMaxSeconds} s`,
  });

/** A file (RFC 7515 JWS JSON): unsigned, or signed by one or two. */
export const breakGlassFile = z.strictObject({
  payload: base64url.min(1).max(16_384),
  signatures: z
    .array(z.strictObject({ protected: base64url.max(512), signature: base64url.length(86) }))
    .max(2),
});

/** What a gateway opened without the controller, as its netd remembers it. */
export const breakGlassOpening = z.object({
  jti,
  device: spiffeId,
  resources: z.array(name).min(1).max(8),
  holders: z.array(name).length(2),
  reason: deviceText.min(1),
  openedAtSeconds: epochSeconds,
  untilSeconds: epochSeconds,
});

/** A file as people carry it. */
export type BreakGlassFile = z.infer<typeof breakGlassFile>;
/** What the signatures are over. */
export type BreakGlassPayload = z.infer<typeof breakGlassPayload>;
/** One break-glass that was opened. */
export type BreakGlassOpening = z.infer<typeof breakGlassOpening>;
