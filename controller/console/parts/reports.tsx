import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { eventPage } from "#shared/protocol/api/fleet.ts";
import { ask } from "../live/api.ts";
import { readingText } from "../text/words.ts";
import { Age, At } from "./age.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

/** What a device reported, newest first: each change of a fact with its time. */
export function ReportsPanel({ device }: { readonly device: string }): ReactNode {
  const events = useQuery({
    queryKey: ["device", "events", device],
    queryFn: () =>
      ask("GET /devices/:key/events", eventPage, { params: { key: device }, query: { limit: 30 } }),
  });
  return (
    <Panel title="Newest reports" flush>
      <Asked query={events}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>The device has not reported yet.</Nothing>
          ) : (
            <table className="plain">
              <tbody>
                {items.map(({ epoch, seq, receivedAt, signal, reading }) => (
                  <tr key={`${epoch} ${seq}`}>
                    <td>
                      <At at={receivedAt} />
                    </td>
                    <td className="mono signal">{signal ?? "gap"}</td>
                    <td>{reading === null ? "reports were lost" : readingText(reading)}</td>
                    <td className="muted">
                      <Age at={receivedAt} />
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
