/** Decisions as bytes of text: what the log keeps of them. */
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import type { Decision, Effect, Obligations, Reason, Unmet } from "#shared/policy/decision.ts";
import {
  putAscii,
  putByte,
  putBytes,
  putNumber,
  putQuoted,
  putText,
  type TextBlock,
} from "./text-block.ts";

const bytesOf = (text: string) => Buffer.from(text);
const [comma, closingBrace, closingBracket] = [0x2c, 0x7d, 0x5d];
const device = bytesOf('],"device":');
const inputHash = bytesOf('","inputHash":"');
const leaseSeconds = bytesOf('","leaseSeconds":');
const resource = bytesOf('","resource":');
const session = bytesOf(',"session":');
const noneUnmet = bytesOf(',"unmet":[]');
const user = bytesOf(',"user":');
const validUntilAt = bytesOf(',"validUntilAt":');
const effects: Readonly<Record<Effect, Buffer>> = {
  allow: bytesOf(',"effect":"allow","errors":[],"id":"'),
  stepUp: bytesOf(',"effect":"stepUp","errors":[],"id":"'),
  deny: bytesOf(',"effect":"deny","errors":[],"id":"'),
};
const unmetStart = bytesOf(',"unmet":[');
const levelOfUnmet = bytesOf('{"level":');
const policyBehindLevel = bytesOf(',"policy":');
const policyOfUnmet = bytesOf('{"policy":');
const reasonOfUnmet = bytesOf(',"reason":');
const signalOfUnmet = bytesOf(',"signal":');

/** Text that the decisions of one look have in common, kept until one of them differs. */
interface Common<T> {
  of: T | null;
  bytes: Buffer;
}

/**
 * Returns what puts decisions into a block as canonical JSON (RFC 8785). Their members are known,
 * so the order need not be found anew for each of half a million decisions a second.
 */
export function makeDecisionWriter(block: TextBlock): (decision: Decision) => void {
  const start: Common<number> = { of: null, bytes: device };
  const middle: Common<string> = { of: null, bytes: device };
  const reasons = new WeakMap<Reason, Buffer>();
  const textOfReason = (reason: Reason): Buffer => {
    const known = reasons.get(reason);
    if (known !== undefined) return known;
    const { code, params } = reason;
    const made = Buffer.from(canonicalJson({ code, params }));
    reasons.set(reason, made);
    return made;
  };
  return (decision) => {
    const { at, errors, obligations, policyVersion, shadow, unmet } = decision;
    if (start.of !== at) renew(start, at, `{"at":${canonicalJson(at)},"determinedBy":[`);
    putBytes(block, start.bytes);
    putIds(block, decision.determinedBy);
    putBytes(block, device);
    putQuoted(block, decision.device);
    if (errors.length === 0) putBytes(block, effects[decision.effect]);
    else putErrors(block, decision);
    putAscii(block, decision.id);
    putBytes(block, inputHash);
    putAscii(block, decision.inputHash);
    putBytes(block, leaseSeconds);
    putNumber(block, decision.leaseSeconds);
    if (obligations.stepUp !== undefined || obligations.record) {
      putText(block, middleText(obligations, policyVersion));
    } else {
      if (middle.of !== policyVersion) {
        renew(middle, policyVersion, middleText(obligations, policyVersion));
      }
      putBytes(block, middle.bytes);
    }
    putAscii(block, decision.reference);
    putMember(block, resource, decision.resource);
    if (decision.session !== undefined) putMember(block, session, decision.session);
    if (shadow !== undefined) putText(block, `,"shadow":${canonical(shadow)}`);
    if (unmet.length === 0) putBytes(block, noneUnmet);
    else putUnmet(block, unmet, textOfReason);
    if (decision.user !== undefined) putMember(block, user, decision.user);
    putBytes(block, validUntilAt);
    putNumber(block, decision.validUntilAt);
    putByte(block, closingBrace);
  };
}

function renew<T>(common: Common<T>, of: T, text: string): void {
  common.of = of;
  common.bytes = Buffer.from(text);
}

function middleText(obligations: Obligations, policyVersion: string): string {
  return `,"obligations":${canonical(obligations)},"policyVersion":"${policyVersion}","reference":"`;
}

function putMember(block: TextBlock, name: Buffer, value: string): void {
  putBytes(block, name);
  putQuoted(block, value);
}

/** Decisions hold plain data only. */
function canonical(value: object): string {
  return canonicalJson(value as Json);
}

function putIds(block: TextBlock, ids: readonly string[]): void {
  for (let index = 0; index < ids.length; index++) {
    if (index > 0) putByte(block, comma);
    putQuoted(block, ids[index] as string);
  }
}

function putErrors(block: TextBlock, { effect, errors }: Decision): void {
  putText(block, `,"effect":"${effect}","errors":${canonical(errors)},"id":"`);
}

function putUnmet(
  block: TextBlock,
  unmet: readonly Unmet[],
  textOfReason: (reason: Reason) => Buffer,
): void {
  putBytes(block, unmetStart);
  for (let index = 0; index < unmet.length; index++) {
    const { level, policy, reason, signal } = unmet[index] as Unmet;
    if (index > 0) putByte(block, comma);
    if (level !== undefined) putMember(block, levelOfUnmet, level);
    putMember(block, level === undefined ? policyOfUnmet : policyBehindLevel, policy);
    putBytes(block, reasonOfUnmet);
    putBytes(block, textOfReason(reason));
    if (signal !== undefined) putMember(block, signalOfUnmet, signal);
    putByte(block, closingBrace);
  }
  putByte(block, closingBracket);
}
