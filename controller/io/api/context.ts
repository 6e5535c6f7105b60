/** What the routes of the admin API work with. */
import type { AuditAction } from "../../core/audit-action.ts";
import { randomBytes } from "node:crypto";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { type IdPrefix, makeId } from "#shared/base/id.ts";
import type { NetworkRecord } from "../../core/record.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ControlPlane } from "../../ports/control-plane.ts";
import type { FleetView } from "../../ports/fleet-view.ts";
import type { Log } from "../../ports/log.ts";
import type { PolicyDesk } from "../../ports/policy-desk.ts";
import type { KeyRotation } from "../../ports/signing-keys.ts";
import type { Analyst } from "../analysis/analyst.ts";
import type { ConsoleFiles } from "../console/console-files.ts";
import type { Sealing } from "../keys/sealing.ts";
import type { AuditEntry } from "../store/operations/audit-trail.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import type { PasskeyDesk } from "../passkey/passkey-desk.ts";
import type { SignInDesk } from "../sign-in/sign-in-desk.ts";
import type { SignInTickets } from "../sign-in/tickets.ts";
import { actorText } from "./actor.ts";
import type { OwnAddress } from "./own-address.ts";

/** The server with zod at its edges. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What was measured so far; null where it is above every bucket. */
export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** What the routes work with. */
export interface ApiContext {
  readonly store: Pick<StoreThreads, "read" | "write">;
  readonly sealing: Sealing;
  /** How people come in by an identity provider, and where the console is reached. */
  readonly signIn: {
    readonly desk: SignInDesk;
    readonly passkeys: PasskeyDesk;
    readonly tickets: SignInTickets;
    readonly address: OwnAddress;
  };
  readonly control: ControlPlane;
  readonly keys: KeyRotation;
  readonly desk: PolicyDesk;
  readonly fleet: FleetView;
  readonly analyst: Pick<Analyst, "ask">;
  /** The built console; empty where there is none. */
  readonly console: ConsoleFiles;
  /** Times from a report to the gateway's kernel so far, or null where there was none. */
  cutoffs(): Quantiles | null;
  /** The newest of a device in this run, at a time of the wall clock. */
  lastCut(device: string): { readonly at: number; readonly tookMs: number } | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly network: NetworkRecord;
  /** URL of the agents' port, and the root's pin: what an enrolment key carries. */
  readonly agentsUrl: string;
  readonly rootPin: string;
  /** The root certificate: its key vouches for keys of break-glass. */
  readonly rootPem: string;
  readonly trustDomain: string;
}

/** Returns the audit entry of a request; the operation fills in before and after. */
export function auditOf(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  change: { readonly action: AuditAction; readonly subject: string },
): AuditEntry {
  return { at: context.clock.nowAt(), actor: actorText(request.actor), ...change, body: {} };
}

/** Returns a new id. */
export function newId(context: ApiContext, prefix: IdPrefix): string {
  return makeId(prefix, context.clock.nowAt(), randomBytes(10));
}
