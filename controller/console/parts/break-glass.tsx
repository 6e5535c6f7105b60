import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  breakGlassKeyList,
  breakGlassKeyRevoked,
  breakGlassList,
} from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

const openedKey = ["gateways", "break-glass"] as const;
const keysKey = ["gateways", "break-glass-keys"] as const;

/** What gateways opened without the controller, and whose keys they believe. */
export function BreakGlass(): ReactNode {
  const opened = useQuery({
    queryKey: openedKey,
    queryFn: () => ask("GET /break-glass", breakGlassList),
  });
  return (
    <Panel title="Break-glass" flush>
      <Asked query={opened}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>No gateway was opened without this controller.</Nothing>
          ) : (
            <table className="plain">
              <thead>
                <tr>
                  <th>Opened</th>
                  <th>Gateway</th>
                  <th>For</th>
                  <th>By</th>
                  <th>Why</th>
                  <th>Until</th>
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.jti}>
                    <td>
                      <Age at={one.openedAt} />
                    </td>
                    <td>{one.gateway}</td>
                    <td>{`${one.device}: ${one.resources.join(", ")}`}</td>
                    <td>{one.holders.join(", ")}</td>
                    <td>{one.reason}</td>
                    <td>
                      <Age at={one.untilAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
      <Keys />
    </Panel>
  );
}

function Keys(): ReactNode {
  const queries = useQueryClient();
  const may = useMay("administer");
  const keys = useQuery({
    queryKey: keysKey,
    queryFn: () => ask("GET /break-glass/keys", breakGlassKeyList),
  });
  const revoke = (key: string) => async () => {
    const order = { params: { key } };
    await ask("POST /break-glass/keys/:key/revoke", breakGlassKeyRevoked, order);
    await queries.invalidateQueries({ queryKey: keysKey });
  };
  return (
    <Asked query={keys}>
      {({ items }) =>
        items.length === 0 ? null : (
          <table className="plain">
            <thead>
              <tr>
                <th>Who may break glass</th>
                <th>Key</th>
                <th>End it</th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ kid, holder }) => (
                <tr key={kid}>
                  <td>{holder}</td>
                  <td className="mono">{kid}</td>
                  <td>
                    {may ? (
                      <Confirm
                        verb="Revoke"
                        effect={`Gateways believe the key of ${holder} no more, as soon as they are told.`}
                        danger
                        run={revoke(kid)}
                      />
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Asked>
  );
}
