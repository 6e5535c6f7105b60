import { Tabs } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { keptPolicy, policyStatus } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { Asked, PageHead } from "../parts/panel.tsx";
import { PolicyChangePanel } from "../parts/policy-change.tsx";
import { PolicyEditor } from "../parts/policy-editor.tsx";
import { PolicyHistory } from "../parts/policy-history.tsx";
import { ShadowPanel } from "../parts/policy-shadow.tsx";

/** The set in force, the change under way, and a place to write the next one. */
export function PoliciesPage(): ReactNode {
  const status = useQuery({
    queryKey: ["policies", "status"],
    queryFn: () => ask("GET /policies/status", policyStatus),
  });
  return (
    <>
      <PageHead title="Policies">
        {typeof status.data?.version !== "string" ? null : (
          <span className="muted">
            in force <span className="mono">{status.data.version.slice(0, 12)}</span>
          </span>
        )}
      </PageHead>
      <Asked query={status}>
        {(data) => (
          <>
            {data.change === null ? null : <PolicyChangePanel status={data} change={data.change} />}
            <Tabs defaultValue="set" keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="set">Set</Tabs.Tab>
                <Tabs.Tab value="history">History</Tabs.Tab>
                <Tabs.Tab value="shadow">Shadow</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="set" pt="sm">
                <Current version={data.version} />
              </Tabs.Panel>
              <Tabs.Panel value="history" pt="sm">
                <PolicyHistory inForce={data.version} />
              </Tabs.Panel>
              <Tabs.Panel value="shadow" pt="sm">
                <ShadowPanel />
              </Tabs.Panel>
            </Tabs>
          </>
        )}
      </Asked>
    </>
  );
}

function Current({ version }: { readonly version: string | null }): ReactNode {
  const kept = useQuery({
    queryKey: ["policies", "files", version],
    queryFn: () =>
      ask("GET /policies/versions/:version", keptPolicy, { params: { version: version ?? "" } }),
    enabled: version !== null,
    staleTime: Infinity,
    // What is being written stays while another set is read.
    placeholderData: keepPreviousData,
  });
  if (version === null) return <PolicyEditor key="first" inForce={{ version, files: [first] }} />;
  return <Asked query={kept}>{(inForce) => <PolicyEditor inForce={inForce} />}</Asked>;
}

const starter = `apiVersion: sallyport/v1
policies: []
# A first rule: who reaches what, and what must hold of the device.
# Put it in place of the line above, with a group of your enrolment
# key and one of your resources.
# policies:
#   - id: staff-wiki
#     effect: allow
#     subjects: {groups: [staff]}
#     resources: {names: [wiki]}
#     when: {firewall.enabled: {is: true}}
`;

const first = { file: "policies.yaml", text: starter };
