/** Where sets come from: files that were sent, or what the store kept. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import type { PolicyRecord } from "../../../core/record.ts";
import type { DocumentFile } from "../../analysis/read-set.ts";
import type { ApiContext } from "../context.ts";
import { poolsOf } from "../documents.ts";
import { documentRefusal, LinedRefusal } from "../document-refusal.ts";
import { documentsOf } from "../../../core/access/policy-in-force.ts";

/** A set that compiles, with its files as JSON. */
export interface Candidate {
  readonly policy: PolicyRecord;
  readonly documents: readonly PolicyDocument[];
  readonly files: string;
}

/** Reads files as a set; throws all errors of all files, or the tests that fail (SP-630). */
export async function candidateOf(
  context: ApiContext,
  files: readonly DocumentFile[],
): Promise<Candidate> {
  const { analyst, clock } = context;
  const pools = poolsOf(context);
  const read = await analyst.ask("set.read", { files, pools, nowAt: clock.nowAt() });
  if (read.kind === "refused") throw documentRefusal(read.errors);
  const { policy, documents, failures } = read;
  if (failures.length > 0) {
    const why = `${failures.length} tests fail`;
    throw new LinedRefusal("SP-630", { why }, failures);
  }
  return { policy, documents, files: JSON.stringify(files) };
}

/** Returns the kept set whose version begins so; throws SP-702 where none or several do. */
export async function keptCandidate(context: ApiContext, prefix: string): Promise<Candidate> {
  const kept = await context.store.read("policy.find", prefix);
  if (kept === null) throw new CodedError("SP-702", { what: "policy set", name: prefix });
  const { version, body, files } = kept;
  return { policy: { version, body }, documents: documentsOf(kept), files };
}
