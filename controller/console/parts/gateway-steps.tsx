import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { GatewayShown } from "#shared/protocol/api/place.ts";
import { useMay } from "../live/session.tsx";
import { gatewayEndText } from "../text/gateway-end.ts";
import { Confirm } from "./confirm.tsx";
import { useIdentityStep } from "./identity-step.ts";

interface GatewayStepsProps {
  readonly gateway: GatewayShown;
  /** All gateways: whoever else serves the site takes over. */
  readonly all: readonly GatewayShown[];
}

/** What one may do to a gateway; each says its effect first. */
export function GatewaySteps({ gateway, all }: GatewayStepsProps): ReactNode {
  const [operates, administers] = [useMay("operate"), useMay("administer")];
  const step = useIdentityStep(gateway.id);
  const { name, site, status } = gateway;
  const ends = gatewayEndText(gateway, all);
  return (
    <Group gap={8} style={{ marginInlineStart: "auto" }}>
      {status === "pending" ? (
        <Confirm
          verb="Approve"
          effect={`Lets ${name} in: it gets the leases of ${site}, and devices send their traffic through it.`}
          disabled={!administers}
          run={step("approve")}
        />
      ) : null}
      {status === "quarantined" ? (
        <Confirm
          verb="Release"
          effect={`Ends the quarantine of ${name}: devices may go through it again.`}
          disabled={!administers}
          run={step("release")}
        />
      ) : null}
      {status === "active" ? (
        <Confirm
          verb="Quarantine"
          effect={`Blocks ${name}: its link ends now, and ${ends}. It stays enrolled, and a release gives it back.`}
          danger
          disabled={!operates}
          run={step("quarantine")}
        />
      ) : null}
      {status === "revoked" ? null : (
        <Confirm
          verb="Revoke"
          effect={`Ends the identity of ${name} for good: its link ends now, and ${ends}. It must enrol anew.`}
          danger
          disabled={!operates}
          run={step("revoke")}
        />
      )}
    </Group>
  );
}
