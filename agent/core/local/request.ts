/** What a local user may ask of the agent, and who may ask it. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Credential } from "../enrolment.ts";
import type { Host } from "../identity.ts";
import type { Settings } from "../settings.ts";
import { asAdministrator } from "./as-administrator.ts";
import type { SignedInBy } from "./signed-in.ts";

/** Who is at the other end of the local socket, by the kernel's word through netd. */
export interface Peer {
  readonly uid: number;
  readonly user: string;
  /** Whose the screen is now, where it matters to the request; absent: nobody sits there. */
  readonly seat?: "own" | "another's" | undefined;
}

/** What the answer depends on beside request and peer. */
export interface Standing {
  readonly settings: Settings;
  readonly signedIn: SignedInBy;
  readonly os: Host["os"];
}

/** A request as it was read. */
export type LocalRequest =
  | { readonly verb: "status" | "watch" | "doctor" | "settings" | "up" | "portal" | "unenrol" }
  /** With `evidence`: what that signal stands on, in place of the table. */
  | { readonly verb: "posture"; readonly evidence?: string | undefined }
  /** What was shared with the controller between two wall-clock instants. */
  | {
      readonly verb: "privacy";
      readonly sinceAt: number;
      readonly untilAt?: number | undefined;
      readonly skip?: number | undefined;
    }
  | { readonly verb: "explain"; readonly resource: string }
  | { readonly verb: "recheck"; readonly signals: readonly string[] | null }
  | {
      readonly verb: "request";
      readonly resource: string;
      readonly reason: string;
      readonly seconds: number;
    }
  | {
      readonly verb: "login";
      readonly strength?: "single" | "mfa" | "phishing_resistant" | undefined;
      readonly maxAgeSeconds?: number | undefined;
    }
  | { readonly verb: "logout" }
  | { readonly verb: "down"; readonly reason: string | null }
  | { readonly verb: "enrol"; readonly by: Credential };

/** Returns why the peer may not do it, with the command that would work; null where it may. */
export function refusalOf(request: LocalRequest, peer: Peer, standing: Standing): ErrorRef | null {
  const { settings, os } = standing;
  const owner = os === "windows" ? "administrators" : "root";
  switch (request.verb) {
    case "status":
    case "watch":
    case "posture":
    case "explain":
    case "doctor":
    case "privacy":
    case "settings":
    case "request":
    case "portal":
    case "up":
      return null;
    case "recheck":
      return settings.postureChecking
        ? null
        : managed("recheck", "PostureChecking=never", settings);
    case "login":
      return mayBegin(peer, standing)
        ? null
        : notPermitted("login", "the person at the screen", asAdministrator(os, "login"));
    case "logout":
      return lockedRefusal("logout", peer, settings) ?? ownRefusal("logout", peer, standing);
    case "down":
      return (
        lockedRefusal("down", peer, settings) ??
        reasonRefusal(request.reason, settings) ??
        ownRefusal("down", peer, standing)
      );
    case "enrol":
      return peer.uid === 0
        ? null
        : notPermitted("enrol", owner, asAdministrator(os, "enroll --key-file FILE"));
    case "unenrol":
      return peer.uid === 0
        ? null
        : notPermitted("unenrol", owner, asAdministrator(os, "unenroll"));
  }
}

/** Who begins a sign-in shows its page to others: it is for whoever is seen at the device. */
function mayBegin(peer: Peer, { signedIn }: Standing): boolean {
  if (peer.uid === 0) return true;
  return peer.seat === undefined ? mayEnd(peer, signedIn) : peer.seat === "own";
}

/** What a person opened by signing in, another local user does not take away. */
function mayEnd(peer: Peer, signedIn: SignedInBy): boolean {
  if (peer.uid === 0) return true;
  switch (signedIn.kind) {
    case "nobody":
      return true;
    case "user":
      return peer.uid === signedIn.uid;
    case "unknown":
      return peer.seat === "own";
  }
}

function ownRefusal(
  verb: "logout" | "down",
  peer: Peer,
  { signedIn, os }: Standing,
): ErrorRef | null {
  return mayEnd(peer, signedIn)
    ? null
    : notPermitted(verb, "whoever signed in here", asAdministrator(os, verb));
}

/** Who is root here can change the settings themselves; what is always on is on for root, too. */
function lockedRefusal(verb: "logout" | "down", peer: Peer, settings: Settings): ErrorRef | null {
  const { alwaysOn, allowUserDisconnect } = settings;
  if (allowUserDisconnect || (peer.uid === 0 && !alwaysOn)) return null;
  return managed(verb, alwaysOn ? "AlwaysOn=true" : "AllowUserDisconnect=false", settings);
}

function reasonRefusal(reason: string | null, settings: Settings): ErrorRef | null {
  if (!settings.disconnectRequiresReason || (reason ?? "").trim() !== "") return null;
  return notPermitted("down", "people who say why", "`sallyport down --reason TEXT`");
}

/** Names who decided it, and whom to ask. */
export function managed(
  verb: string,
  setting: string,
  { managedBy, supportUrl }: Settings,
): ErrorRef {
  const owner = managedBy ?? "this machine's administrator";
  return { code: "SP-420", params: { verb, setting, owner, support: supportUrl ?? owner } };
}

function notPermitted(verb: string, who: string, command: string): ErrorRef {
  return { code: "SP-704", params: { verb, who, command } };
}
