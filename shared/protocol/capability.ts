/**
 * The wire capability of this build. History, newest last; old numbers keep their meaning:
 *   1  2026-11-22  first: hello, report, beat, applied, renew, telemetry, grants, leases, configs
 */
export const capability = 1;

/** WebSocket subprotocol of the control channel. */
export const subprotocol = "sallyport.v1";

/** Largest text frame of the control channel, in bytes. */
export const frameBytesMax = 256 * 1024;

/** Longest signed config, in characters. */
export const configCharactersMax = 240 * 1024;

/** Close codes of the control channel. */
export const closeCodes = {
  protocol: 4400,
  certificate: 4401,
  revoked: 4403,
  timeout: 4408,
  replaced: 4409,
  tooLarge: 4413,
  updateNeeded: 4426,
  rate: 4429,
  draining: 4503,
} as const;

/** Sites that a device's configuration names; netd's limit too. */
export const sitesMax = 64;
