/** Where the owner had the reading of posture switched off, no fix helps: what says so in its place. */
import type { FixText } from "#shared/posture/catalogue-entry.ts";
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Moment } from "../moment.ts";
import type { Settings } from "../settings.ts";
import type { AgentState } from "../state.ts";
import { failingOf } from "./failing.ts";
import type { PostureRow } from "./posture-table.ts";
import { managed } from "./request.ts";
import { type LocalResource, resourcesOf } from "./resources.ts";

const setting = "PostureChecking=never";
const ofPosture: ReadonlySet<string> = new Set(["level_not_met", "fact_unknown", "fact_stale"]);

/** Returns what a local user is told of each resource, without a fix that nobody would look at. */
export function toldResources(state: AgentState, now: Moment): readonly LocalResource[] {
  const resources = resourcesOf(state.tunnel, now, failingOf(state));
  if (state.settings.postureChecking) return resources;
  return resources.map((resource) => withoutFix(resource, state.settings));
}

function withoutFix(resource: LocalResource, settings: Settings): LocalResource {
  const at = resource.reasons.findIndex(({ code }) => ofPosture.has(code));
  if (resource.state === "open" || at < 0) return resource;
  const { owner, support } = managed("posture", setting, settings).params;
  const params = { setting, owner: String(owner), support: String(support) };
  return {
    ...resource,
    reasons: resource.reasons.toSpliced(at, 0, { code: "not_checked", params }),
    fixes: resource.fixes.filter(({ signal }) => entryOf(signal) === undefined),
  };
}

/** Returns a row of the table as it is where nothing is read any more. */
export function uncheckedRow(row: PostureRow, settings: Settings): PostureRow {
  if (settings.postureChecking) return row;
  const { owner, support } = managed("posture", setting, settings).params;
  const text = `Not here: ${String(owner)} has the posture not checked (${setting}); ask ${String(support)}.`;
  const fix: FixText = { text };
  return { ...row, fix };
}
