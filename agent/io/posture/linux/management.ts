/** Looks for management products and a directory. */
import {
  judgeDomain,
  judgeEnrolment,
  managementTools,
  readHubStatus,
} from "../../../core/posture/linux/management.ts";
import type {
  DomainSigns,
  ManagementTool,
  ToolSign,
} from "../../../core/posture/linux/management.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { isAbsentOrDenied, isThere, readIfThere } from "../read-file.ts";

const hub = "/opt/vmware/ws1-hub/bin/ws1HubUtil";
const hubDeadlineMs = 10_000;

/** Returns the facts about management. */
export async function collectManagement(): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const signs = await Promise.all(managementTools.map(lookFor));
  const tools = signs.filter((sign) => sign !== null);
  const domain: DomainSigns = {
    keytab: await isThere("/etc/krb5.keytab"),
    sambaSecrets: await isThere("/var/lib/samba/private/secrets.tdb"),
    sssd: await readSssd(),
  };
  return observe(
    [
      ["mdm.enrolled", judgeEnrolment(tools)],
      ["mdm.tools", { kind: "known", value: tools.map(({ id }) => id).sort() }],
      ["domain.joined", judgeDomain(domain)],
    ],
    {
      collector: "management",
      collectorVersion: 1,
      by: "mdm",
      // sssd's own text may hold a password of the directory.
      text: JSON.stringify({ tools, ...domain, sssd: domain.sssd.kind }),
      tookMs: performance.now() - startedAt,
    },
  );
}

async function lookFor(tool: ManagementTool): Promise<ToolSign | null> {
  const present = await Promise.all(tool.presence.map(isThere));
  if (!present.includes(true)) return null;
  return { id: tool.id, mdm: tool.mdm, enrolled: await isEnrolled(tool) };
}

async function isEnrolled(tool: ManagementTool): Promise<boolean | null> {
  if (tool.id === "workspace-one") {
    const run = await runTool({
      candidates: [hub],
      args: ["status", "--enroll"],
      deadlineMs: hubDeadlineMs,
    });
    return run.kind === "ended" ? readHubStatus(run.stdout) : null;
  }
  if (tool.proof === undefined) return null;
  return (await Promise.all(tool.proof.map(isThere))).includes(true) ? true : null;
}

async function readSssd(): Promise<DomainSigns["sssd"]> {
  try {
    const text = await readIfThere("/etc/sssd/sssd.conf");
    return text === null ? { kind: "absent" } : { kind: "text", text };
  } catch (error) {
    if (isAbsentOrDenied(error)) return { kind: "denied" };
    throw error;
  }
}
