import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { policyStatus } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { Asked, Nothing, PageHead, Panel } from "../parts/panel.tsx";
import { PolicyChangePanel } from "../parts/policy-change.tsx";
import { WaitingIdentities } from "../parts/waiting-identities.tsx";
import { WaitingRequests } from "../parts/waiting-requests.tsx";

/** Whatever waits for somebody's word, each with what that word would do. */
export function ApprovalsPage(): ReactNode {
  return (
    <>
      <PageHead title="Approvals" />
      <WaitingRequests />
      <WaitingIdentities />
      <WaitingChange />
    </>
  );
}

function WaitingChange(): ReactNode {
  const status = useQuery({
    queryKey: ["policies", "status"],
    queryFn: () => ask("GET /policies/status", policyStatus),
  });
  return (
    <Asked query={status}>
      {(data) =>
        data.change === null ? (
          <Panel title="Change of policy" aside={<Link href="/policies">policies</Link>} flush>
            <Nothing>No change of the policy set is under way.</Nothing>
          </Panel>
        ) : (
          <PolicyChangePanel status={data} change={data.change} />
        )
      }
    </Asked>
  );
}
