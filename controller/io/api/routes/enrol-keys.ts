import { X509Certificate } from "node:crypto";
import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { provedByIdentity } from "../../../ports/enrolment-store.ts";
import { enrolmentKeyText, makeEnrolmentSecret } from "../../token/enrolment-key-text.ts";
import { type ApiContext, type ApiServer, auditOf, newId } from "../context.ts";
import { keyParams, newEnrolKey } from "#shared/protocol/api/order.ts";
import { enrolKeyView, refusedView, timeText } from "../views.ts";
import { dayMs, hourMs } from "#shared/base/time-span.ts";

const refusedMax = 50;

/** Routes of enrolment keys; the key's text is answered once and never kept. */
export function addEnrolKeyRoutes(server: ApiServer, context: ApiContext): void {
  server.get("/enrol-keys", { config: { needs: "read" } }, async () => {
    const keys = await context.store.read("enrol_key.list", undefined);
    return { items: keys.map((key) => enrolKeyView(key, context.clock.nowAt())) };
  });
  server.get("/enrol-keys/refused", { config: { needs: "read" } }, async () => {
    const rows = await context.store.read("enrolment.refused", { limit: refusedMax });
    return { items: rows.map(refusedView) };
  });
  const create = { config: { needs: "administer" }, schema: { body: newEnrolKey } } as const;
  server.post("/enrol-keys", create, async (request, reply) => {
    const id = newId(context, "ek");
    const { secret, secretHash: hash } = makeEnrolmentSecret();
    const byIdentity = request.body.identityAuthorities !== undefined;
    const secretHash = byIdentity ? provedByIdentity : hash;
    const key = await newKey(context, request.body, { id, secretHash });
    const audit = auditOf(context, request, { action: "enrol-key create", subject: id });
    await context.store.write("enrol_key.create", { key, audit });
    const { agentsUrl: controller, rootPin } = context;
    const text = enrolmentKeyText({ u: controller, k: id, s: secret, p: rootPin });
    return reply.status(201).send({
      id,
      name: key.name,
      role: key.role,
      usesMax: key.usesMax,
      approval: key.approval,
      expiresAt: timeText(key.expiresAt),
      ...(byIdentity ? { controller, rootPin } : { key: text }),
    });
  });
  const revoke = { config: { needs: "operate" }, schema: { params: keyParams } } as const;
  server.post("/enrol-keys/:key/revoke", revoke, async (request) => {
    const key = await requireKey(context, request.params.key);
    const audit = auditOf(context, request, { action: "enrol-key revoke", subject: key.id });
    await context.store.write("enrol_key.revoke", audit);
    return { id: key.id, name: key.name, state: "revoked" };
  });
}

/** A name means what is open under it: of several keys the id says which. */
async function requireKey(context: ApiContext, wanted: string) {
  const keys = await context.store.read("enrol_key.list", undefined);
  const named = keys.filter(({ name }) => name === wanted);
  const open = named.filter(({ revokedAt }) => revokedAt === null);
  if (open.length > 1) {
    const why = `${open.length} keys are named \`${wanted}\`; say which by its id`;
    throw new CodedError("SP-705", { why });
  }
  const key = keys.find(({ id }) => id === wanted) ?? open[0] ?? named[0];
  if (key === undefined) throw new CodedError("SP-702", { what: "enrolment key", name: wanted });
  return key;
}

async function newKey(
  context: ApiContext,
  wanted: z.output<typeof newEnrolKey>,
  made: { readonly id: string; readonly secretHash: string },
) {
  const gateway = wanted.role === "gateway";
  const identityAuthorities = wanted.identityAuthorities?.map(authorityPem);
  const byIdentity = identityAuthorities !== undefined;
  const usualMs = byIdentity ? 365 * dayMs : gateway ? hourMs : dayMs;
  const lifeMs = wanted.validForSeconds === undefined ? undefined : wanted.validForSeconds * 1000;
  return {
    ...made,
    name: wanted.name,
    role: wanted.role,
    site: wanted.site === undefined ? null : await siteId(context, wanted.site),
    usesMax: wanted.usesMax ?? (byIdentity ? 1_000_000 : 1),
    expiresAt: context.clock.nowAt() + (lifeMs ?? usualMs),
    approval: wanted.approval ?? (gateway ? ("admin" as const) : ("auto" as const)),
    body: { groups: wanted.groups, allowedFrom: wanted.allowedFrom, identityAuthorities },
  };
}

/** What is no authority now would refuse every device later, without a word here. */
function authorityPem(pem: string): string {
  try {
    const certificate = new X509Certificate(pem);
    if (certificate.ca) return certificate.toString();
  } catch (cause) {
    throw new CodedError("SP-703", { why: "an authority is no certificate in PEM" }, { cause });
  }
  throw new CodedError("SP-703", { why: "a certificate is not one of an authority" });
}

async function siteId(context: ApiContext, name: string): Promise<string> {
  const sites = await context.store.read("site.list", undefined);
  const site = sites.find((one) => one.name === name);
  if (site === undefined) throw new CodedError("SP-702", { what: "site", name });
  return site.id;
}
