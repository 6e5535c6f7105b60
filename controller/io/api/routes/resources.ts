import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import { storedDocument } from "#shared/policy/stored-resources.ts";
import type { ResourceRecord } from "../../../core/record.ts";
import { roomRefusal } from "../../../core/access/config-room.ts";
import { documentsOf } from "../../../core/access/policy-in-force.ts";
import {
  type Inventory,
  readDocuments,
  storedIn,
  unresolvedNames,
} from "../../analysis/read-set.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { documentRefusal } from "../document-refusal.ts";
import { contentTag, requireContent, tagAnswer, wantedRevision } from "../entity-tag.ts";
import { readChangeRules } from "../policy/rules.ts";
import { checkTogether, readInventory, poolsOf, recordsOf } from "../documents.ts";
import { documentFiles, dryRunQuery, keyParams } from "#shared/protocol/api/order.ts";
import { withEffect } from "../step-effect.ts";
import { type InTurn, makeTurns } from "../turns.ts";
import { resourceView } from "../views.ts";

/** Routes of resources that are no part of a policy set: whole documents, all or nothing. */
export function addResourceRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/resources", read, async (_, reply) => {
    const shown = shownOf(await readInventory(context));
    void reply.header("etag", contentTag(shown));
    return shown;
  });
  const author = {
    config: { needs: "author" },
    schema: { body: documentFiles, querystring: dryRunQuery },
  } as const;
  const inTurn = makeTurns();
  addOneResourceRoutes(server, context, inTurn);
  server.post("/resources", author, async (request) => {
    const read = readDocuments(request.body.files, poolsOf(context));
    if (read.kind === "refused") throw documentRefusal(read.errors);
    return inTurn(async () => {
      const inventory = await readInventory(context);
      // Documents are whole by themselves; who made them of what is there says of what.
      if (request.headers["if-match"] !== undefined) {
        requireContent(request, "resources", shownOf(inventory));
      }
      const active = await context.store.read("policy.active", undefined);
      if (active !== null) await refuseAlone(context);
      checkResources(read.documents, inventory, documentsOf(active));
      const unresolved = unresolvedNames(read.documents, inventory);
      if (unresolved.length > 0) throw documentRefusal(unresolved);
      const records = recordsOf(context, read.documents, "api");
      if (request.query.dryRun) return { items: wouldBe(records, inventory) };
      const applied = await context.store.write("resource.apply", {
        records,
        audit: auditOf(context, request, { action: "resource apply", subject: "" }),
      });
      context.control.changed(applied.map((record) => ({ kind: "resource", record })));
      return { items: applied.map((resource) => resourceView(resource, inventory.sites)) };
    });
  });
}

function addOneResourceRoutes(server: ApiServer, context: ApiContext, inTurn: InTurn): void {
  const read = { config: { needs: "read" }, schema: { params: keyParams } } as const;
  server.get("/resources/:key", read, async (request, reply) => {
    const inventory = await readInventory(context);
    const found = requireResource(inventory, request.params.key);
    await tagAnswer(context, reply, { table: "resource", id: found.id });
    return resourceView(found, inventory.sites);
  });
  const remove = {
    config: { needs: "author" },
    schema: { params: keyParams, querystring: dryRunQuery },
  } as const;
  server.delete("/resources/:key", remove, (request) =>
    withEffect(context, (follow) =>
      inTurn(async () => {
        const { id, name } = requireResource(await readInventory(context), request.params.key);
        if ((await context.store.read("policy.active", undefined)) !== null) {
          await refuseAlone(context);
        }
        const { dryRun } = request.query;
        const audit = auditOf(context, request, { action: "resource remove", subject: id });
        const order = { id, ifRevision: wantedRevision(request), dryRun, audit };
        await context.store.write("resource.remove", order);
        if (!dryRun) follow(() => context.control.changed([{ kind: "resourceRemoved", id }]));
        return { id, name };
      }),
    ),
  );
}

function requireResource({ resources }: Inventory, key: string): ResourceRecord {
  // One may be called as another's id is.
  const found =
    resources.find(({ id }) => id === key) ?? resources.find(({ name }) => name === key);
  if (found === undefined) throw new CodedError("SP-702", { what: "resource", name: key });
  return found;
}

function shownOf({ resources, sites }: Inventory) {
  return { items: resources.map((resource) => resourceView(resource, sites)) };
}

/** Records as they would stand, refused as they would be: what is there keeps its id. */
function wouldBe(records: readonly ResourceRecord[], { resources, sites }: Inventory) {
  const held = new Map(resources.map(({ name, id }) => [name, id]));
  const sitesByName = new Map([...sites.values()].map((site) => [site.name, site]));
  const after = records.map(({ id, site: name, ...record }) => {
    const site = sitesByName.get(name);
    if (site === undefined) throw new CodedError("SP-702", { what: "site", name });
    return { ...record, id: held.get(record.name) ?? id, site: site.id };
  });
  const replaced = new Set(after.map(({ name }) => name));
  const all = [...resources.filter(({ name }) => !replaced.has(name)), ...after];
  const touched = new Set(after.map(({ site }) => site));
  const refusal = roomRefusal(all, [...sites.values()], touched);
  if (refusal !== null) throw new CodedError(refusal.code, refusal.params);
  return after.map((record) => resourceView(record, sites));
}

/** A target says what a rule opens, so who may not change a rule alone may not change this either. */
async function refuseAlone(context: ApiContext): Promise<void> {
  if (!(await readChangeRules(context)).secondApprover) return;
  const why = "a second person approves changes here; put resources into the policy documents";
  throw new CodedError("SP-705", { why });
}

function checkResources(
  documents: readonly PolicyDocument[],
  inventory: Inventory,
  inForce: readonly PolicyDocument[],
): void {
  const named = new Set(
    documents.flatMap((document) => document.resources.map((resource) => resource.name)),
  );
  const taken = inventory.resources.find(
    (resource) => resource.source === "git" && named.has(resource.name),
  );
  if (taken !== undefined) {
    const why = `resource \`${taken.name}\` comes from the policy documents; change it there`;
    throw new CodedError("SP-705", { why });
  }
  if (documents.some((document) => document.policies.length + document.levels.length > 0)) {
    throw new CodedError("SP-703", { why: "policies and levels are applied by `policy apply`" });
  }
  const others = storedDocument(storedIn(inventory).filter(({ name }) => !named.has(name)));
  const rules = inForce.map((document) => ({ ...document, resources: [] }));
  checkTogether([...documents, others, ...rules]);
}
