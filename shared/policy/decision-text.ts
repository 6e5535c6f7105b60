/** Decisions as text: what logs keep of them. */
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import type { Decision, Obligations, Reason, Unmet } from "./decision.ts";

/**
 * Returns the canonical JSON of a decision (RFC 8785). Its members are known, so their order need
 * not be found anew for each of half a million decisions a second.
 */
export function decisionText(decision: Decision): string {
  const { session, shadow, user } = decision;
  return (
    `{"at":${decision.at},"determinedBy":${idsText(decision.determinedBy)},` +
    `"device":${quoted(decision.device)},"effect":"${decision.effect}",` +
    `"errors":${decision.errors.length === 0 ? "[]" : canonical(decision.errors)},` +
    `"id":"${decision.id}","inputHash":"${decision.inputHash}",` +
    `"leaseSeconds":${decision.leaseSeconds},"obligations":${obligationsText(decision.obligations)},` +
    `"policyVersion":"${decision.policyVersion}","reference":"${decision.reference}",` +
    `"resource":${quoted(decision.resource)}` +
    (session === undefined ? "" : `,"session":${quoted(session)}`) +
    (shadow === undefined ? "" : `,"shadow":${canonical(shadow)}`) +
    `,"unmet":${unmetText(decision.unmet)}` +
    (user === undefined ? "" : `,"user":${quoted(user)}`) +
    `,"validUntilAt":${decision.validUntilAt}}`
  );
}

function idsText(ids: readonly string[]): string {
  if (ids.length === 0) return "[]";
  let text = `[${quoted(ids[0] as string)}`;
  for (let index = 1; index < ids.length; index++) text += `,${quoted(ids[index] as string)}`;
  return `${text}]`;
}

/** Nearly all texts of a decision are ids and names, in which nothing must be escaped. */
function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

const plain = /^[\w.@:/-]*$/;

function reasonText({ code, params }: Reason): string {
  return `{"code":"${code}","params":${paramsText(params)}}`;
}

function obligationsText({ record, stepUp }: Obligations): string {
  if (stepUp === undefined) return record ? '{"record":true}' : '{"record":false}';
  const { maxAgeSeconds, strength } = stepUp;
  return `{"record":${record},"stepUp":{"maxAgeSeconds":${maxAgeSeconds},"strength":"${strength}"}}`;
}

function unmetText(unmet: readonly Unmet[]): string {
  if (unmet.length === 0) return "[]";
  let text = "";
  for (const { level, policy, reason, signal } of unmet) {
    text += text === "" ? "[{" : ",{";
    if (level !== undefined) text += `"level":${quoted(level)},`;
    text += `"policy":${quoted(policy)},"reason":${reasonText(reason)}`;
    text += signal === undefined ? "}" : `,"signal":${quoted(signal)}}`;
  }
  return `${text}]`;
}

/** Reasons are made with their members in order, and then there is nothing to sort. */
function paramsText(params: Reason["params"]): string {
  const keys = Object.keys(params);
  for (let index = 1; index < keys.length; index++) {
    if ((keys[index - 1] as string) > (keys[index] as string)) return canonicalJson(params);
  }
  return JSON.stringify(params);
}

/** Decisions hold plain data only. */
function canonical(value: object): string {
  return canonicalJson(value as Json);
}
