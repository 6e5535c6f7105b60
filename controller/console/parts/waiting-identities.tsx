import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { deviceDetail, devicePage, type DeviceShown } from "#shared/protocol/api/device.ts";
import { gatewayList, type GatewayShown } from "#shared/protocol/api/place.ts";
import { policySimulation } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { standingSaid } from "../text/words.ts";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { useIdentityStep } from "./identity-step.ts";
import { Mark } from "./mark.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

const shownMax = 50;

interface Waiting {
  readonly devices: readonly DeviceShown[];
  readonly more: boolean;
  readonly gateways: readonly GatewayShown[];
}

async function readWaiting(): Promise<Waiting> {
  const page = (status: string) =>
    ask("GET /devices", devicePage, { query: { status, limit: shownMax } });
  const [pending, unattested] = [await page("pending"), await page("unattested")];
  const gateways = await ask("GET /gateways", gatewayList);
  return {
    devices: [...pending.items, ...unattested.items].slice(0, shownMax),
    more: pending.nextAfter !== null || unattested.nextAfter !== null,
    gateways: gateways.items.filter(({ status }) => status === "pending"),
  };
}

/** Devices and gateways that joined and wait to be let in. */
export function WaitingIdentities(): ReactNode {
  const waiting = useQuery({ queryKey: ["devices", "waiting"], queryFn: readWaiting });
  return (
    <Panel title="Devices and gateways" flush>
      <Asked query={waiting}>
        {({ devices, gateways, more }) => (
          <>
            {devices.length + gateways.length === 0 ? (
              <Nothing>Nobody waits to be let in.</Nothing>
            ) : null}
            <table className="plain">
              <tbody>
                {gateways.map((one) => (
                  <WaitingRow
                    key={one.id}
                    {...one}
                    what={`gateway of ${one.site}`}
                    effect={`Lets ${one.name} in: it gets the leases of ${one.site}, and devices send their traffic through it.`}
                  />
                ))}
                {devices.map((one) => (
                  <WaitingRow
                    key={one.id}
                    {...one}
                    what={`${one.os}, ${one.owner ?? "nobody's"}, groups ${one.groups.join(", ") || "none"}`}
                    effect={`Lets ${one.name} in: rules decide about it from then on.`}
                    reach={<WouldReach device={one.id} />}
                  />
                ))}
              </tbody>
            </table>
            {more ? <Nothing>There are more: see the list of devices.</Nothing> : null}
          </>
        )}
      </Asked>
    </Panel>
  );
}

interface WaitingProps {
  readonly id: string;
  readonly name: string;
  readonly role: "device" | "gateway";
  readonly status: string;
  readonly lastSeenAt: string | null;
  readonly what: string;
  readonly effect: string;
  readonly reach?: ReactNode;
}

function WaitingRow(props: WaitingProps): ReactNode {
  const { id, name, role, status, lastSeenAt, what, effect, reach } = props;
  const [administers, operates] = [useMay("administer"), useMay("operate")];
  const step = useIdentityStep(id);
  return (
    <tr>
      <td>
        <Mark {...standingSaid(status)} />
      </td>
      <td>
        <Link href={`/${role}s/${id}`}>{name}</Link>
        <div className="muted">
          {what}, heard <Age at={lastSeenAt} />
        </div>
      </td>
      <td>{reach}</td>
      <td>
        <Group gap={6} wrap="nowrap">
          <Confirm verb="Approve" effect={effect} disabled={!administers} run={step("approve")} />
          <Confirm
            verb="Turn away"
            effect={`Ends the identity of ${name} for good; it must join anew by another key.`}
            danger
            disabled={!operates}
            run={step("revoke")}
          />
        </Group>
      </td>
    </tr>
  );
}

/** What the rules in force would give it, by its groups and what it reported. */
function WouldReach({ device }: { readonly device: string }): ReactNode {
  const tried = useQuery({
    queryKey: ["device", "would-reach", device],
    queryFn: async () => {
      const { groups, tags, facts } = await ask("GET /devices/:key", deviceDetail, {
        params: { key: device },
      });
      const known = facts.flatMap(({ signal, reading }) =>
        reading.kind === "known" ? [[signal, reading.value] as const] : [],
      );
      const body = { groups, tags, facts: Object.fromEntries(known) };
      return ask("POST /policies/simulate", policySimulation, { body });
    },
  });
  if (tried.data === undefined) return null;
  const names = (effect: string) =>
    tried.data.answers.filter((one) => one.effect === effect).map(({ resource }) => resource);
  const [open, stepUp] = [names("allow"), names("stepUp")];
  const meant = tried.data.answers.filter(
    ({ effect, unmet }) => effect === "deny" && unmet.length > 0,
  );
  return (
    <>
      <Mark
        tone={open.length > 0 ? "met" : "unknown"}
        word={`would reach ${open.join(", ") || "nothing"}`}
      />
      {stepUp.length > 0 ? <div>{stepUp.join(", ")} after a step-up</div> : null}
      {meant.length > 0 ? (
        <div className="muted">not {meant.map(({ resource }) => resource).join(", ")} as it is</div>
      ) : null}
    </>
  );
}
