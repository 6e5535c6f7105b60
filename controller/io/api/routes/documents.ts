import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import type { RecordChange } from "../../../core/record.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import {
  checkTogether,
  documentsInForce,
  type Inventory,
  policyRecordOf,
  readDocuments,
  readInventory,
  recordsOf,
  storedDocument,
} from "../documents.ts";
import { documentFiles } from "../schemas.ts";
import { resourceView } from "../views.ts";

/** Routes of resources and policy sets: whole documents, checked together, all or nothing. */
export function addDocumentRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/resources", read, async () => {
    const { resources, siteNames } = await readInventory(context);
    return { items: resources.map((resource) => resourceView(resource, siteNames)) };
  });
  const author = { config: { needs: "author" }, schema: { body: documentFiles } } as const;
  server.post("/resources", author, async (request) => {
    const documents = readDocuments(request.body.files, context.network);
    const inventory = await readInventory(context);
    checkResources(documents, inventory);
    const applied = await context.store.write("resource.apply", {
      records: recordsOf(context, documents, "api"),
      audit: auditOf(context, request, { action: "resource apply", subject: "" }),
    });
    context.control.changed(applied.map((record) => ({ kind: "resource", record })));
    return { items: applied.map((resource) => resourceView(resource, inventory.siteNames)) };
  });
  server.post("/policies", author, async (request) => {
    const documents = readDocuments(request.body.files, context.network);
    const inventory = await readInventory(context);
    const named = namesOf(documents);
    const others = storedDocument(
      inventory,
      (resource) => resource.source === "api" && !named.has(resource.name),
    );
    checkTogether([...documents, others]);
    const policy = policyRecordOf(documents);
    const applied = await context.store.write("policy_set.apply", {
      policy,
      resources: recordsOf(context, documents, "git"),
      audit: auditOf(context, request, { action: "policy apply", subject: policy.version }),
    });
    const changes: readonly RecordChange[] = [
      ...applied.resources.map((record) => ({ kind: "resource" as const, record })),
      ...applied.removed.map((id) => ({ kind: "resourceRemoved" as const, id })),
      { kind: "policy", record: policy },
    ];
    context.control.changed(changes);
    return {
      version: policy.version,
      changed: inventory.policy?.version !== policy.version,
      policies: documents.flatMap((document) => document.policies.map((one) => one.id)),
      resources: applied.resources.map((resource) => resource.name),
      removedResources: applied.removed,
    };
  });
  server.get("/policies/active", read, async () => {
    const policy = await context.store.read("policy.active", undefined);
    if (policy === null) throw new CodedError("SP-702", { what: "policy set", name: "active" });
    return { version: policy.version, documents: JSON.parse(policy.body) as unknown };
  });
}

function checkResources(documents: readonly PolicyDocument[], inventory: Inventory): void {
  const named = namesOf(documents);
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
  const others = storedDocument(inventory, (resource) => !named.has(resource.name));
  checkTogether([...documents, others, ...documentsInForce(inventory.policy)]);
}

function namesOf(documents: readonly PolicyDocument[]): ReadonlySet<string> {
  return new Set(
    documents.flatMap((document) => document.resources.map((resource) => resource.name)),
  );
}
