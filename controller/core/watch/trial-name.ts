/** Names of trials: of a whole set by its version, of a policy by its id and the digest of its content. */

const ofSet = "set:";
const ofPolicy = "policy:";

/** Returns the name of the trial of a set. */
export function setTrial(version: string): string {
  return `${ofSet}${version}`;
}

/** Returns the name of the trial of a policy; without a digest, of one that was never asked. */
export function policyTrial(id: string, digest?: string): string {
  return digest === undefined ? `${ofPolicy}${id}` : `${ofPolicy}${id}:${digest}`;
}

/** Tells what a trial is of. */
export function trialKind(name: string): "set" | "policy" {
  return name.startsWith(ofSet) ? "set" : "policy";
}

/** Tells whether a trial is of a policy, whatever content it had; ids hold no colon. */
export function isTrialOf(name: string, policy: string): boolean {
  return name.startsWith(`${policyTrial(policy)}:`);
}
