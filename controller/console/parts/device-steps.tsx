import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import { type DeviceDetail, recheckAnswer } from "#shared/protocol/api/device.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Confirm } from "./confirm.tsx";
import { useIdentityStep } from "./identity-step.ts";

/** What one may do to a device; each says its effect first. */
export function DeviceSteps({ device }: { readonly device: DeviceDetail }): ReactNode {
  const [operates, administers] = [useMay("operate"), useMay("administer")];
  const open = device.access.filter(({ effect }) => effect === "allow").length;
  const step = useIdentityStep(device.id);
  const recheck = () =>
    ask("POST /devices/:key/recheck", recheckAnswer, { params: { key: device.id }, body: {} });
  const { status } = device;
  const ends = `ends access to ${open} resource${open === 1 ? "" : "s"} now and cuts what flows`;
  return (
    <Group gap={8} style={{ marginInlineStart: "auto" }}>
      <Confirm
        verb="Recheck"
        effect={`Asks ${device.name} to look at its facts again.`}
        disabled={!operates || !device.connected}
        run={recheck}
      />
      {status === "pending" || status === "unattested" ? (
        <Confirm
          verb="Approve"
          effect={`Lets ${device.name} in: rules decide about it from then on.`}
          disabled={!administers}
          run={step("approve")}
        />
      ) : null}
      {status === "quarantined" ? (
        <Confirm
          verb="Release"
          effect={`Ends the quarantine of ${device.name}: rules decide about it again.`}
          disabled={!administers}
          run={step("release")}
        />
      ) : null}
      {status === "active" || status === "unattested" ? (
        <Confirm
          verb="Quarantine"
          effect={`Blocks ${device.name}: ${ends}. It stays enrolled, and a release gives access back.`}
          danger
          disabled={!operates}
          run={step("quarantine")}
        />
      ) : null}
      {status === "revoked" ? null : (
        <Confirm
          verb="Revoke"
          effect={`Ends the identity of ${device.name} for good: ${ends}. It must enrol anew.`}
          danger
          disabled={!operates}
          run={step("revoke")}
        />
      )}
    </Group>
  );
}
