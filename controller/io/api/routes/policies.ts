import { diffDocuments } from "#shared/policy/analysis/document-diff.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { documentsOf } from "../../../core/access/policy-in-force.ts";
import { poolsOf } from "../documents.ts";
import { beginChange } from "../policy/begin.ts";
import { contentTag, requireContent } from "../entity-tag.ts";
import { refuseDrift } from "../policy/drift.ts";
import { knownNames } from "../policy/known-names.ts";
import { makePlan } from "../policy/plan.ts";
import { readChangeRules, rulesView } from "../policy/rules.ts";
import { changeRulesKey } from "../../store/change-rules.ts";
import { documentFiles } from "#shared/protocol/api/order.ts";
import {
  applyOrder,
  changeRules,
  diffOrder,
  planOrder,
  rollbackOrder,
  rulesAnswer,
  rulesStep,
  simulateOrder,
  versionParams,
} from "#shared/protocol/api/policy-order.ts";
import { candidateOf, keptCandidate } from "../policy/source.ts";
import { simulation } from "../policy/simulation.ts";
import { deviceNames, planView } from "../policy/views.ts";
import { beginView } from "../policy/begin-view.ts";
import { makeTurns } from "../turns.ts";

const firstReason = "first set";

/** Routes of policy sets: planned, compared, tried, put in force, taken back. */
export function addPolicyRoutes(server: ApiServer, context: ApiContext): void {
  addReadRoutes(server, context);
  addQuestionRoutes(server, context);
  const apply = { config: { needs: "author" }, schema: { body: applyOrder } } as const;
  server.post("/policies", apply, async (request) => {
    const { files, overDrift, reason, ...asked } = request.body;
    const candidate = await candidateOf(context, files);
    const { version } = candidate.policy;
    const active = await context.store.read("policy.active", undefined);
    const open = await context.store.read("policy_change.open", undefined);
    // What is there already, or on its way, need not be done twice.
    if (active?.version === version && open === null) {
      const audit = auditOf(context, request, { action: "policy apply", subject: version });
      if (asked.source === "folder")
        await context.store.write("policy_change.adopt", { version, audit });
      return beginView(candidate, null, "done");
    }
    if (open?.version === version) return beginView(candidate, null, open.status);
    if (reason === undefined && active !== null) {
      throw new CodedError("SP-703", { why: "say why the set changes (--reason)" });
    }
    if (asked.source === "folder" && !overDrift) await refuseDrift(context, version);
    const order = { ...asked, kind: "apply", reason: reason ?? firstReason } as const;
    return beginView(candidate, await beginChange(context, request, { candidate, order }));
  });
  const rollback = { config: { needs: "author" }, schema: { body: rollbackOrder } } as const;
  server.post("/policies/rollback", rollback, async (request) => {
    const { version, rings, ...asked } = request.body;
    const candidate = await keptCandidate(context, version);
    const active = await context.store.read("policy.active", undefined);
    const open = await context.store.read("policy_change.open", undefined);
    if (active?.version === candidate.policy.version && open === null) {
      return beginView(candidate, null, "done");
    }
    const order = { ...asked, kind: "rollback", source: "store", atOnce: !rings } as const;
    return beginView(candidate, await beginChange(context, request, { candidate, order }));
  });
  addRulesRoutes(server, context);
}

/** Where a second person has to agree to changes, another one has to agree to less than that, too. */
function addRulesRoutes(server: ApiServer, context: ApiContext): void {
  const rules = { config: { needs: "administer" }, schema: { body: changeRules } } as const;
  const inTurn = makeTurns();
  server.put("/policies/rules", rules, (request, reply) =>
    inTurn(async () => {
      const held = rulesView(await readChangeRules(context));
      requireContent(request, "rules about changes", held);
      const { secondApprover } = request.body;
      const audit = auditOf(context, request, { action: "policy rules", subject: changeRulesKey });
      const proposal = { secondApprover, asker: request.actor, audit };
      const shown = rulesView(await context.store.write("change_rules.propose", proposal));
      void reply.header("etag", contentTag(shown));
      return shown;
    }),
  );
  const answer = {
    config: { needs: "approve" },
    schema: { params: rulesStep, body: rulesAnswer },
  } as const;
  server.post("/policies/rules/:step", answer, async (request) => {
    const { step } = request.params;
    const { hash } = request.body;
    const action = `policy rules ${step}` as const;
    const audit = auditOf(context, request, { action, subject: changeRulesKey });
    const order = { step, hash, asker: request.actor, audit };
    return rulesView(await context.store.write("change_rules.answer", order));
  });
}

function addReadRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/policies/active", read, async () => {
    const policy = await context.store.read("policy.active", undefined);
    if (policy === null) throw new CodedError("SP-702", { what: "policy set", name: "active" });
    return { version: policy.version, documents: documentsOf(policy) };
  });
  server.get("/policies/rules", read, async (_, reply) => {
    const rules = rulesView(await readChangeRules(context));
    void reply.header("etag", contentTag(rules));
    return rules;
  });
  const kept = { ...read, schema: { params: versionParams } };
  server.get("/policies/versions/:version", kept, async (request) => {
    const { policy, files } = await keptCandidate(context, request.params.version);
    return { version: policy.version, files: JSON.parse(files) as object };
  });
  server.get("/policies/usage", read, async ({ actor }) => ({
    items: context.desk.uses(),
    ...(await knownNames(context, actor)),
  }));
}

/** Questions carry documents, so they are posts; they change nothing. */
function addQuestionRoutes(server: ApiServer, context: ApiContext): void {
  const check = { config: { needs: "read" }, schema: { body: documentFiles } } as const;
  server.post("/policies/check", check, async (request) => {
    const { desk, clock, analyst } = context;
    return analyst.ask("set.check", {
      files: request.body.files,
      pools: poolsOf(context),
      nowAt: clock.nowAt(),
      usage: new Map(desk.uses().map((use) => [use.policy, use])),
      ...(await knownNames(context, request.actor)),
    });
  });
  const plan = { config: { needs: "author" }, schema: { body: planOrder } } as const;
  server.post("/policies/plan", plan, async (request) => {
    const { files, version, days, limit } = request.body;
    const candidate =
      files === undefined
        ? await keptCandidate(context, version ?? "")
        : await candidateOf(context, files);
    const active = await context.store.read("policy.active", undefined);
    const { actor } = request;
    const made = await makePlan(context, { candidate, active, actor, days, changesMax: limit });
    const versions = { from: active?.version ?? null, to: candidate.policy.version };
    return { ...versions, ...planView(made, deviceNames(context)) };
  });
  const diff = { config: { needs: "read" }, schema: { body: diffOrder } } as const;
  server.post("/policies/diff", diff, async (request) => {
    const { files, version, before } = request.body;
    const active = documentsOf(await context.store.read("policy.active", undefined));
    const keptOrActive = async (kept: string | undefined) =>
      kept === undefined ? active : (await keptCandidate(context, kept)).documents;
    const older = await keptOrActive(before);
    const newer =
      files === undefined
        ? await keptOrActive(version)
        : (await candidateOf(context, files)).documents;
    return { changes: diffDocuments(older, newer) };
  });
  const simulate = { config: { needs: "read" }, schema: { body: simulateOrder } } as const;
  server.post("/policies/simulate", simulate, (request) => simulation(context, request.body));
}
