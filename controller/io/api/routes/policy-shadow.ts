import { CodedError } from "#shared/base/coded-error.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { contentTag, requireContent } from "../entity-tag.ts";
import { beginChange } from "../policy/begin.ts";
import { beginView } from "../policy/begin-view.ts";
import { judgedTrials } from "../policy/promotion.ts";
import { acceptOrder, promoteOrder, shadowOrder } from "#shared/protocol/api/policy-order.ts";
import { candidateOf, keptCandidate } from "../policy/source.ts";
import { deviceNames, trialView } from "../policy/views.ts";
import { makeTurns } from "../turns.ts";
import { timeText } from "../views.ts";

/** Routes of what is only watched: a whole set, and the policies in shadow mode of the set in force. */
export function addShadowRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/policies/shadow", read, async (_, reply) => {
    const shadow = await context.store.read("policy_shadow.read", undefined);
    if (shadow !== null) void reply.header("etag", contentTag(tagged(shadow.policy)));
    const names = deviceNames(context);
    return {
      set:
        shadow === null
          ? null
          : {
              version: shadow.policy.version,
              startedAt: timeText(shadow.startedAt),
              startedBy: shadow.startedBy,
              reason: shadow.reason,
            },
      trials: (await judgedTrials(context)).map((trial) => trialView(trial, names)),
    };
  });
  const start = { config: { needs: "author" }, schema: { body: shadowOrder } } as const;
  const inTurn = makeTurns();
  server.put("/policies/shadow", start, async (request, reply) => {
    const { files, reason } = request.body;
    const { policy, files: kept } = await candidateOf(context, files);
    return inTurn(async () => {
      const held = await context.store.read("policy_shadow.read", undefined);
      if (held !== null) requireContent(request, "watched set", tagged(held.policy));
      const { version: subject } = policy;
      const audit = auditOf(context, request, { action: "policy shadow start", subject });
      const author = request.actor.name;
      const order = { policy, files: kept, author, reason, audit };
      const startedAt = await context.store.write("policy_shadow.start", order);
      context.control.changed([{ kind: "shadow", record: { policy, startedAt } }]);
      void reply.header("etag", contentTag(tagged(policy)));
      return { version: policy.version, startedAt: timeText(startedAt) };
    });
  });
  server.post("/policies/shadow/stop", { config: { needs: "author" } }, async (request) => {
    const audit = auditOf(context, request, { action: "policy shadow stop", subject: "" });
    const stopped = await context.store.write("policy_shadow.stop", audit);
    if (stopped) context.control.changed([{ kind: "shadow", record: null }]);
    return { stopped };
  });
  const accept = { config: { needs: "author" }, schema: { body: acceptOrder } } as const;
  server.post("/policies/shadow/accept", accept, async (request) => {
    const { trial, cause, reason } = request.body;
    const row = context.desk
      .trials()
      .find((one) => one.trial === trial)
      ?.differences.find((one) => one.cause === cause);
    if (row === undefined) throw new CodedError("SP-702", { what: "difference", name: cause });
    const audit = auditOf(context, request, { action: "policy shadow accept", subject: trial });
    await context.store.write("policy_difference.accept", { row, reason, audit });
    return { trial, cause, accepted: true };
  });
  addPromotion(server, context);
}

/** What a watched set is known by. */
function tagged({ version }: { readonly version: string }) {
  return { version };
}

function addPromotion(server: ApiServer, context: ApiContext): void {
  const promote = { config: { needs: "author" }, schema: { body: promoteOrder } } as const;
  server.post("/policies/shadow/promote", promote, async (request) => {
    const shadow = await context.store.read("policy_shadow.read", undefined);
    if (shadow === null) throw new CodedError("SP-702", { what: "policy set", name: "in shadow" });
    const candidate = await keptCandidate(context, shadow.policy.version);
    // A shadow came out of the folder, so enforcing it is no drift.
    const order = { ...request.body, kind: "promote", source: "folder" } as const;
    const begun = await beginChange(context, request, { candidate, order });
    const audit = auditOf(context, request, { action: "policy shadow stop", subject: "" });
    await context.store.write("policy_shadow.stop", audit);
    context.control.changed([{ kind: "shadow", record: null }]);
    return beginView(candidate, begun);
  });
}
