import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { refusedJoiningList } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { Age } from "./age.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";
import { WithCode } from "./with-code.tsx";

/** Who was refused to join lately, by which key and why. */
export function RefusedJoinings(): ReactNode {
  const refused = useQuery({
    queryKey: ["enrol-keys", "refused"],
    queryFn: () => ask("GET /enrol-keys/refused", refusedJoiningList),
    // Nobody joins by being refused, so nothing else tells of it.
    refetchInterval: 5_000,
  });
  return (
    <Panel title="Refused lately" flush>
      <Asked query={refused}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>Nobody was refused to join.</Nothing>
          ) : (
            <table className="plain">
              <thead>
                <tr>
                  <th>When</th>
                  <th>Device</th>
                  <th>Key</th>
                  <th>Why</th>
                  <th>From</th>
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.seq}>
                    <td>
                      <Age at={one.at} />
                    </td>
                    <td>{one.hostname ?? <span className="muted">not told</span>}</td>
                    <td>
                      {one.keyName ?? <span className="mono">{one.key ?? "none of ours"}</span>}
                    </td>
                    <td>
                      <span className="mono">{one.code}</span> {one.title}:{" "}
                      <WithCode text={one.detail} />
                      {one.leftOut === 0 ? null : (
                        <div className="muted">{one.leftOut} more before it were not kept.</div>
                      )}
                    </td>
                    <td className="mono" style={{ whiteSpace: "nowrap" }}>
                      {one.remoteAddress}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Asked>
    </Panel>
  );
}
