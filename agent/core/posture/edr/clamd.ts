/** Reads the answers of ClamAV's socket (clamd(8)). */

/** What clamd says about itself. */
export interface ClamdState {
  readonly alive: boolean;
  readonly enginesValid: boolean;
  readonly version: string | null;
  /** Date text of the signatures, in the daemon's local time; null when no daily set is loaded. */
  readonly signatureDate: string | null;
}

/** Reads the replies to `zPING`, `zVERSION` and `zSTATS`. */
export function readClamd(replies: {
  readonly ping: string;
  readonly version: string;
  readonly stats: string;
}): ClamdState {
  const version = /^ClamAV ([0-9][0-9A-Za-z.-]*)(?:\/(\d+)\/([^\0]+))?/.exec(replies.version);
  return {
    alive: /^PONG\0?\s*$/.test(replies.ping),
    enginesValid: /^STATE: VALID PRIMARY$/m.test(replies.stats),
    version: version?.[1] ?? null,
    signatureDate: version?.[3]?.trim() ?? null,
  };
}
