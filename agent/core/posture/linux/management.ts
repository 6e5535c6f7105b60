/** Decides who manages a Linux machine from what management products leave on it. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, unknown } from "#shared/posture/reading.ts";

/** A product by files whose presence shows it; `proof` shows that it is enrolled, where a file does. */
export interface ManagementTool {
  readonly id: string;
  readonly mdm: boolean;
  readonly presence: readonly string[];
  readonly proof?: readonly string[];
}

/** The products we know. Their paths are the vendors' defaults. */
export const managementTools: readonly ManagementTool[] = [
  {
    id: "intune",
    mdm: true,
    presence: ["/usr/bin/intune-portal", "/opt/microsoft/intune/bin/intune-agent"],
  },
  { id: "workspace-one", mdm: true, presence: ["/opt/vmware/ws1-hub/bin/ws1HubUtil"] },
  {
    id: "landscape",
    mdm: true,
    presence: ["/usr/bin/landscape-client"],
    proof: ["/var/lib/landscape/client/broker.bpickle"],
  },
  {
    id: "jumpcloud",
    mdm: true,
    presence: ["/opt/jc/bin/jumpcloud-agent"],
    proof: ["/opt/jc/jcagent.conf"],
  },
  { id: "puppet", mdm: false, presence: ["/opt/puppetlabs/bin/puppet", "/usr/bin/puppet"] },
  { id: "chef", mdm: false, presence: ["/opt/chef/bin/chef-client", "/usr/bin/chef-client"] },
  { id: "salt", mdm: false, presence: ["/usr/bin/salt-minion"] },
  { id: "fleet", mdm: false, presence: ["/opt/orbit/bin/orbit/orbit"] },
  { id: "osquery", mdm: false, presence: ["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"] },
];

/** What was found of one product; null where its enrolment cannot be told. */
export interface ToolSign {
  readonly id: string;
  readonly mdm: boolean;
  readonly enrolled: boolean | null;
}

/** Judges `mdm.enrolled`: one proof is enough; an installed product without proof leaves it open. */
export function judgeEnrolment(tools: readonly ToolSign[]): Reading {
  const mdm = tools.filter((tool) => tool.mdm);
  if (mdm.some((tool) => tool.enrolled === true)) return known(true);
  return mdm.some((tool) => tool.enrolled === null) ? noData : known(false);
}

/** Reads `ws1HubUtil status --enroll`: JSON with an enrolment flag. */
export function readHubStatus(text: string): boolean | null {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof answer !== "object" || answer === null) return null;
  const entry = Object.entries(answer).find(([key]) => /^is_?enrolled$|^enrolled$/i.test(key));
  const flag: unknown = entry?.[1];
  if (flag === true || flag === "true") return true;
  return flag === false || flag === "false" ? false : null;
}

/** What shows a directory; a file's text, null when it does not exist, "denied" when we may not read it. */
export interface DomainSigns {
  readonly keytab: boolean;
  readonly sambaSecrets: boolean;
  readonly sssd:
    { readonly kind: "absent" | "denied" } | { readonly kind: "text"; readonly text: string };
}

/** Judges `domain.joined`: a host key and a directory that answers for accounts. */
export function judgeDomain(signs: DomainSigns): Reading {
  if (signs.sambaSecrets && signs.keytab) return known(true);
  if (!signs.keytab) return known(false);
  switch (signs.sssd.kind) {
    case "absent":
      return known(false);
    case "denied":
      return unknown("permission");
    case "text":
      return {
        kind: "known",
        value: /^[ \t]*id_provider[ \t]*=[ \t]*(ad|ipa|ldap)[ \t]*$/m.test(signs.sssd.text),
      };
  }
}
