import { expect, test } from "vitest";
import {
  type AccessRequest,
  answerWithinMs,
  approve,
  deny,
  end,
  isLive,
} from "./access-request.ts";

const request: AccessRequest = {
  id: "req_1",
  device: "dev_1",
  resource: "res_1",
  role: "prod-dba",
  reason: "incident 4711",
  seconds: 3_600,
  requestedBy: "adm_requester",
  requestedByName: "ana",
  at: 1_000,
  status: "pending",
  approvals: [],
  approvalsNeeded: 1,
  sinceAt: null,
  untilAt: null,
  endedBecause: null,
};
const by = (admin: string, at = 5_000) => ({ admin, name: admin, at });

function taken(result: ReturnType<typeof approve>): AccessRequest {
  if (result.kind === "taken") return result.request;
  return expect.fail(result.why);
}

test("an approval by somebody else starts the time box, and the box ends by itself", () => {
  const approved = taken(approve(request, by("adm_b")));
  expect(approved).toMatchObject({ status: "approved", sinceAt: 5_000, untilAt: 3_605_000 });
  expect([isLive(request, 6_000), isLive(approved, 6_000), isLive(approved, 3_605_000)]).toEqual([
    false,
    true,
    false,
  ]);
});

test("nobody approves an own request, and one approver is not two", () => {
  expect(approve(request, by("adm_requester"))).toMatchObject({ kind: "refused" });
  const own = { ...request, requestedBy: request.device };
  for (const standing of [{ isAsker: true }, { isUser: true }, { hasApproved: true }]) {
    expect(approve(own, by("adm_b"), standing)).toMatchObject({ kind: "refused" });
  }
  expect(approve(own, by("adm_b"))).toMatchObject({ kind: "taken" });
  const first = taken(approve({ ...request, approvalsNeeded: 2 }, by("adm_b")));
  expect(first.status).toBe("pending");
  expect(isLive(first, 6_000)).toBe(false);
  expect(approve(first, by("adm_b"))).toMatchObject({ kind: "refused" });
  const both = taken(approve(first, by("adm_c", 9_000)));
  expect(both).toMatchObject({ status: "approved", sinceAt: 9_000 });
});

test("what was answered, or waited for too long, is not answered again", () => {
  const denied = taken(deny(request, 2_000));
  expect(approve(denied, by("adm_b"))).toMatchObject({ kind: "refused" });
  expect(approve(request, by("adm_b", 1_000 + answerWithinMs))).toMatchObject({ kind: "refused" });
});

test("an end cuts the box short and is final", () => {
  const ended = taken(end(taken(approve(request, by("adm_b"))), "posture", 8_000));
  expect(ended).toMatchObject({ status: "ended", untilAt: 8_000, endedBecause: "posture" });
  expect(isLive(ended, 7_000)).toBe(false);
  expect(end(ended, "again", 9_000)).toMatchObject({ kind: "refused" });
});
