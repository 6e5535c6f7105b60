/** Who asks, and whether the route is theirs. */
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Role } from "#shared/base/role.ts";
import { type Permission, permits, rolesFor } from "../../core/role.ts";

/** The administrator behind a request; two tokens of one administrator are one identity. */
export interface Actor {
  /** Id of the administrator. */
  readonly admin: string;
  readonly name: string;
  /** Name of the token; null: signed in by a passkey or an identity provider. */
  readonly token: string | null;
  /** By what: the id of the token, else of the administrator. */
  readonly credential: string;
  readonly role: Role;
  /** The session of the console by which the token's holder asks; null: by the token itself. */
  readonly session: {
    readonly id: string;
    readonly expiresAt: number;
    readonly activeAt: number;
  } | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set before any handler runs. */
    actor: Actor;
  }
  interface FastifyContextConfig {
    /** What the caller's role must permit (`none`: it signs in); a route without it cannot be registered. */
    readonly needs?: Permission | "none";
    /** Another site's page may lead a browser here. */
    readonly fromElsewhere?: true;
  }
}

/** Throws SP-704 unless the role of the actor permits what the route needs. */
export function requirePermission(
  request: Pick<FastifyRequest, "actor" | "method" | "url">,
  needed: Permission,
): void {
  if (permits(request.actor.role, needed)) return;
  const verb = `${request.method} ${request.url.replace(/\?.*$/, "")}`;
  const able = rolesFor(needed);
  throw new CodedError("SP-704", {
    verb,
    who: `the role ${able.join(" or ")}, not ${request.actor.role}`,
    command: `\`sallyport-controller token create --role ${able[0]}\` and use its token`,
  });
}

/** Returns how records name an actor. */
export function actorText(actor: Actor): string {
  const token = actor.token === null ? "" : ` token:${actor.token}`;
  const console = actor.session === null ? "" : " console";
  return `admin:${actor.name}${token}${console}`;
}
