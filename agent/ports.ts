/**
 * What the loop needs of the world. Adapters under io/ implement it; results come back as events.
 * None of these calls may block or throw: failures are events or values.
 */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { LocalAnswer, Name } from "./core/effect.ts";
import type { Credential, EnrolmentOutcome } from "./core/enrolment.ts";
import type { Identity, Validity } from "./core/identity.ts";
import type { SpooledEvent } from "./core/link/outbox.ts";
import type { Moment } from "./core/moment.ts";
import type { NetdAnswer, NetdRequest } from "./core/netd.ts";
import type { Owner } from "./core/local/signed-in.ts";
import type { Recalled } from "./core/tunnel/tunnel.ts";
import type { CollectAnswer, CollectRequest } from "./core/posture/collection.ts";

/** Time and dice. */
export interface Clock {
  now(): Moment;
  /** Calls `wake` once at the monotonic instant; a later call replaces the former. */
  wakeAt(monotonicMs: number | null, wake: () => void): void;
}

/** The connection to a controller; its events carry the connection's number. */
export interface ControllerLink {
  connect(connection: number, url: string): void;
  send(connection: number, message: AgentMessage): void;
  ping(connection: number): void;
  close(connection: number, code: number, reason: string): void;
}

/** The requests to netd, answered in the order in which they were made. */
export interface Netd {
  request(request: NetdRequest): Promise<NetdAnswer>;
  close(): void;
}

/** Keys and certificates; private keys never leave the adapter. */
export interface Membership {
  /** Joins by a credential, or (null) asks again by the one that waits for approval. */
  enrol(by: Credential | null): Promise<Enrolled>;
  renewLate(url: string): Promise<Renewed>;
  /** Keeps a renewed chain after checking that it is ours. */
  storeCertificate(chain: readonly string[]): Promise<Renewed>;
  storeTrust(set: Readonly<Record<string, unknown>>): Promise<void>;
  /** Returns the base64url IEEE P1363 signature of a batch head by the device key. */
  sign(head: string): string;
  forget(): Promise<void>;
}

/** How an enrolment ended. */
export type Enrolled =
  | { readonly kind: "enrolled"; readonly identity: Identity; readonly epoch: string }
  | EnrolmentOutcome;

/** How a renewal ended. */
export type Renewed =
  | { readonly kind: "renewed"; readonly certificate: Validity }
  | { readonly kind: "failed"; readonly error: ErrorRef };

/** Events on disk until acked; writes are queued and fsynced beside. */
export interface Spool {
  append(events: readonly SpooledEvent[]): void;
  remove(names: readonly Name[], upTo: Name | null): void;
  close(): Promise<void>;
}

/** The small state that survives a restart. */
export interface Memory {
  saveWish(wish: "up" | "down"): void;
  keepOwner(owner: Owner | null): void;
  /** Written beside; null forgets it. */
  keepVerdict(recalled: Recalled | null): void;
}

/** What was said to the controller, for the people of this machine. */
export interface SentJournal {
  note(message: AgentMessage | JoiningMessage): void;
  /** Returns what was sent, newest first; `more` where older ones did not fit. */
  read(
    asked: SentSpan,
  ): Promise<{ readonly messages: readonly SentMessage[]; readonly more: boolean }>;
  close(): Promise<void>;
}

/** Which messages are asked for, by wall clock; `skip` of the newest were told before. */
export interface SentSpan {
  readonly sinceAt: number;
  readonly untilAt?: number | undefined;
  readonly skip?: number | undefined;
}

/** A message as it was sent. */
export interface SentMessage {
  readonly at: number;
  readonly message: AgentMessage | JoiningMessage;
}

/** What was said to join, before there was a link; the key itself is in no journal. */
export interface JoiningMessage {
  readonly kind: "joining";
  readonly csr: string;
  readonly wgPublicKey: string;
  readonly role: string;
  readonly device: {
    readonly hostname: string;
    readonly os: string;
    readonly serials: readonly string[];
  };
  /** Certificates of an identity of device management. */
  readonly chain?: readonly string[];
}

/** Answers to local users. */
export interface LocalApi {
  answer(client: number, id: number, answer: LocalAnswer): void;
  close(): Promise<void>;
}

/** Readers of posture; `collect` never rejects. */
export interface Collectors {
  collect(request: CollectRequest): Promise<CollectAnswer>;
  watch(changed: (signals: readonly string[]) => void): void;
  evidence(signal: string): string | undefined;
  /** The text that the reading before the present one stood on. */
  formerEvidence(signal: string): string | undefined;
  /** Reads what the machine is made of, by a slow way; null where that failed. */
  inventory(): Promise<Readonly<Record<string, unknown>> | null>;
  close(): Promise<void>;
}

/** The service log: fixed text, values as fields. */
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Levels of the service log, most severe first. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** Everything the loop talks to. */
export interface Ports {
  readonly clock: Clock;
  readonly link: ControllerLink;
  readonly netd: Netd;
  readonly membership: Membership;
  readonly spool: Spool;
  readonly memory: Memory;
  readonly localApi: LocalApi;
  readonly sent: SentJournal;
  readonly collectors: Collectors;
  readonly log: Log;
}
