import { CodedError } from "#shared/base/coded-error.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { DecisionReplay } from "#shared/protocol/api/decision.ts";
import { type ApiContext, type ApiServer } from "../context.ts";
import { controllerVersion } from "../../version.ts";
import { requireDevice } from "../identity-step.ts";
import { decideAgain } from "../decide-again.ts";
import { type Names, namesOf } from "../names.ts";
import { decisionQuery, keyParams } from "#shared/protocol/api/order.ts";
import { decisionView } from "../views.ts";

type RecordedInput = NonNullable<DecisionReplay["input"]>;

const sameReferenceMax = 20;

/** Routes of decisions: by id or reference, newest first, with what did not hold. */
export function addDecisionRoutes(server: ApiServer, context: ApiContext): void {
  addReplayRoute(server, context);
  const config = { needs: "read" } as const;
  server.get("/decisions", { config, schema: { querystring: decisionQuery } }, async (request) => {
    const { device: key, resource: named, ...search } = request.query;
    const device = key === undefined ? undefined : (await requireDevice(context, key)).id;
    const resource = named === undefined ? undefined : await resourceId(context, named);
    const found = await context.store.read("decision.list", { ...search, device, resource });
    const next = found.length === search.limit ? (found.at(-1)?.id ?? null) : null;
    return { items: await withNames(context, found), nextAfter: next };
  });
  server.get("/decisions/:key", { config, schema: { params: keyParams } }, async (request) => {
    const key = normalKey(request.params.key);
    const found = await context.store.read("decision.find", { key, limit: sameReferenceMax });
    if (found.length === 0) {
      throw new CodedError("SP-702", { what: "decision", name: request.params.key });
    }
    return { items: await withNames(context, found) };
  });
}

function addReplayRoute(server: ApiServer, context: ApiContext): void {
  const options = { config: { needs: "read" }, schema: { params: keyParams } } as const;
  server.get("/decisions/:key/replay", options, async (request) => {
    const search = { key: normalKey(request.params.key), limit: 1 };
    const [decision] = await context.store.read("decision.find", search);
    if (decision === undefined) {
      throw new CodedError("SP-702", { what: "decision", name: request.params.key });
    }
    const source = await context.store.read("decision.source", decision.inputHash);
    const names = await namesOf(context, [decision]);
    return {
      decision: shownWith(names, decision),
      replay: await decideAgain(context, decision, source),
      input: source === null ? null : (JSON.parse(source.input) as RecordedInput),
      provenance: source?.provenance ?? [],
      evaluatorVersion: controllerVersion,
    };
  });
}

async function resourceId(context: ApiContext, key: string): Promise<string> {
  const resources = await context.store.read("resource.list", undefined);
  const found = resources.find(({ id, name }) => id === key || name === key);
  if (found === undefined) throw new CodedError("SP-702", { what: "resource", name: key });
  return found.id;
}

/** References are read aloud and typed by hand: case, spaces and the hyphen do not matter. */
function normalKey(key: string): string {
  if (key.startsWith("dec_")) return key;
  const plain = key.toUpperCase().replace(/[^0-9A-Z]/g, "");
  // Crockford's alphabet reads these letters as digits.
  const digits = plain.replaceAll("O", "0").replace(/[IL]/g, "1");
  return `${digits.slice(0, 4)}-${digits.slice(4)}`;
}

/** Returns decisions with names beside their ids. */
export async function withNames(context: ApiContext, decisions: readonly Decision[]) {
  const names = await namesOf(context, decisions);
  return decisions.map((decision) => shownWith(names, decision));
}

function shownWith(names: Names, decision: Decision) {
  return decisionView(decision, {
    device: names.device(decision.device),
    resource: names.resource(decision.resource),
  });
}
