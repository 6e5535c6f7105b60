// One site and one rule for those who try to approve what they asked for themselves.
import type { AccessRequest } from "../../controller/core/elevation/access-request.ts";
import type { AdminApiUnderTest, ApiAnswer } from "./admin-api.ts";
import { enrolDevice } from "./enrolled-device.ts";

/** The headers by which a question says who asks it. */
export type Headers = Readonly<Record<string, string>>;

/** The body of a step that wants a reason and nothing else. */
export const looked = { reason: "looked at it" };

/** The one file of a set that opens a resource of site `hq` to staff under a condition. */
export function filesFor(condition: string): { file: string; text: string }[] {
  const text = `apiVersion: sallyport/v1
resources:
  - {name: wiki, site: hq, tags: [all], targets: [{host: 10.0.0.1, proto: tcp, ports: [443]}]}
policies:
  - {id: staff, effect: allow, subjects: {groups: [staff]}, resources: {tags: [all]}, when: {${condition}}}
`;
  return [{ file: "set.yaml", text }];
}

/** Applies that set as the root token. */
export function applySet(api: AdminApiUnderTest, condition: string): Promise<ApiAnswer> {
  return api.ask("POST", "/policies", { body: { files: filesFor(condition), ...looked } });
}

/** Approves a waiting change of the set. */
export function approveChange(
  api: AdminApiUnderTest,
  change: unknown,
  headers: Headers,
): Promise<ApiAnswer> {
  const path = `/policies/changes/${String(change)}/approve`;
  return api.ask("POST", path, { headers, body: looked });
}

/** Makes a token for an hour and returns the headers of who holds it. */
export async function tokenHeaders(
  api: AdminApiUnderTest,
  token: Readonly<{ name: string; role: string; admin?: string }>,
): Promise<Headers> {
  const made = await api.ask("POST", "/tokens", { body: { validForSeconds: 3_600, ...token } });
  return { authorization: `Bearer ${String(made.body["token"])}` };
}

/** Puts a request for time-boxed access into the store, as the root token would have asked. */
export async function storeRequest(
  api: AdminApiUnderTest,
  more: Partial<AccessRequest> = {},
): Promise<void> {
  const request: AccessRequest = {
    id: "req_1",
    device: more.device ?? (await enrolDevice(api, "laptop")),
    resource: "res_1",
    role: "dba",
    reason: "x",
    seconds: 600,
    requestedBy: "adm-root",
    requestedByName: "root",
    at: Date.now(),
    status: "pending",
    approvals: [],
    approvalsNeeded: 1,
    sinceAt: null,
    untilAt: null,
    endedBecause: null,
    ...more,
  };
  const audit = { at: 1, actor: "t", action: "request create", subject: "", body: {} } as const;
  await api.store.write("access_request.make", { request, audit });
}

/** Approves the request that `storeRequest` made. */
export function approveRequest(api: AdminApiUnderTest, headers: Headers): Promise<ApiAnswer> {
  return api.ask("POST", "/requests/req_1/approve", { headers });
}
