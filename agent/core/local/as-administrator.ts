import type { Host } from "../identity.ts";

/** Returns how a command of ours is run with all rights, as a person of this system would do it. */
export function asAdministrator(os: Host["os"], command: string): string {
  return os === "windows"
    ? `\`sallyport ${command}\` in a prompt opened with "Run as administrator"`
    : `\`sudo sallyport ${command}\``;
}
