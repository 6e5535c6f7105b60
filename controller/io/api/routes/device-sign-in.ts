import { CodedError } from "#shared/base/coded-error.ts";
import { deviceSignInOrder } from "#shared/protocol/api/sign-in.ts";
import type { SignInTicket } from "../../../core/person/sign-in-ticket.ts";
import type { Arrival } from "../../sign-in/sign-in-desk.ts";
import type { StoredSignIn } from "../../sign-in/sign-in-settings.ts";
import { type ApiContext, type ApiServer, newId } from "../context.ts";
import type { Guard } from "../guard.ts";
import { journeyCookieOf } from "../journey-cookie.ts";
import { apiPrefix } from "../route-contract.ts";
import { timeText } from "../views.ts";

/** Routes of the page at which a person signs in for a device. */
export function addDeviceSignInRoutes(server: ApiServer, context: ApiContext, guard: Guard): void {
  const { desk, tickets, address } = context.signIn;
  const open = { config: { needs: "none" }, schema: { body: deviceSignInOrder } } as const;
  server.post("/device-sign-ins/look", open, (request) => {
    const found = tickets.find(request.body.ticket);
    if (found === null) throw guard.failure(request);
    const { ticket, code, untilAt } = found;
    return Promise.resolve({ device: ticket.name, code, untilAt: timeText(untilAt) });
  });
  server.post("/device-sign-ins", open, async (request, reply) => {
    guard.attempt(request);
    const { ticket: secret } = request.body;
    const found = tickets.find(secret);
    const settings = await desk.settings();
    if (found === null) throw guard.failure(request);
    if (settings === null) throw new CodedError("SP-720");
    const { url, browserSecret } = await desk.depart({
      redirectUri: `${address.origin()}${apiPrefix}/session/provider/callback`,
      purpose: { kind: "device", secret },
      demand: demandOf(settings, found.ticket),
    });
    void reply.header("set-cookie", journeyCookieOf(browserSecret));
    return { url };
  });
}

/** Signs the person who came back in on the device of the ticket; throws SP-723, 724. */
export async function openOnDevice(
  context: ApiContext,
  { vouched, settings }: Arrival,
  secret: string,
): Promise<void> {
  const { tickets } = context.signIn;
  const found = tickets.find(secret);
  if (found === null || !tickets.spend(secret)) throw new CodedError("SP-723");
  const at = context.clock.nowAt();
  const { person, amr } = vouched;
  const session = {
    id: newId(context, "ses"),
    device: found.ticket.device,
    acr: strengthName(settings, vouched.acr),
    amr: amr.slice(0, 16),
    // What the provider does not tell the age of counts as old.
    authAt: Math.min(vouched.authAt ?? 0, at),
    expiresAt: at + settings.deviceSessionSeconds * 1_000,
  };
  const { admitUnknown } = settings;
  const outcome = await context.store.write("user_session.open", {
    person,
    admitUnknown,
    session,
    at,
  });
  if (outcome.kind !== "opened") {
    const why =
      outcome.kind === "unknown" ? "no directory knows this person" : "this person was deactivated";
    throw new CodedError("SP-724", { why });
  }
  const { user, session: record } = outcome;
  context.control.changed([
    { kind: "user", id: user.id, record: user },
    { kind: "userSession", device: record.device, record },
  ]);
}

/** What providers call strong where the settings do not say (OpenID EAP ACR, RFC 8176). */
const usualNames = { mfa: ["mfa"], phishing_resistant: ["phr", "phrh"] } as const;

function demandOf({ strengths }: StoredSignIn, { strength, maxAgeSeconds }: SignInTicket) {
  const named = strength === undefined || strength === "single" ? [] : strengths[strength];
  const usual = strength === undefined || strength === "single" ? [] : usualNames[strength];
  return { acrValues: named.length > 0 ? named : usual, maxAgeSeconds: maxAgeSeconds ?? null };
}

/** Returns the name by which policies know a provider's own word for a strength. */
function strengthName({ strengths }: StoredSignIn, acr: string): string {
  if (strengths.phishing_resistant.includes(acr)) return "phr";
  return strengths.mfa.includes(acr) ? "mfa" : acr;
}
