import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { signingKeyList, signingKeysRotated } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { type Said } from "../text/words.ts";
import { Age } from "./age.tsx";
import { Confirm } from "./confirm.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Panel } from "./panel.tsx";

const keysKey = ["keys"] as const;

/** The first keys sign since there is a controller, whose beginning nobody wrote down. */
function sinceShown(at: string | null): ReactNode {
  if (at === null) return "not yet";
  return Date.parse(at) === 0 ? "the set-up" : <Age at={at} />;
}

const states: Readonly<Record<string, Said>> = {
  signs: { tone: "met", word: "signs" },
  announced: { tone: "info", word: "announced" },
  believed: { tone: "unknown", word: "still believed" },
};

const objects: Readonly<Record<string, string>> = {
  config: "configurations",
  grant: "grants",
  lease: "lists of leases",
};

/** The keys that sign what agents and gateways believe, and the step that replaces them. */
export function SigningKeysPanel(): ReactNode {
  const queries = useQueryClient();
  const may = useMay("administer");
  const keys = useQuery({ queryKey: keysKey, queryFn: () => ask("GET /keys", signingKeyList) });
  const rotate = async () => {
    const effect = await ask("POST /keys/rotate", signingKeysRotated, { body: {} });
    await queries.invalidateQueries({ queryKey: keysKey });
    return effect;
  };
  return (
    <Panel
      title="Signing keys"
      aside={
        <Confirm
          verb="Rotate keys"
          effect="New keys are announced to every agent and then sign; the old ones are believed for 13 hours more. Nobody is cut."
          disabled={!may}
          run={rotate}
        />
      }
      flush
    >
      <Asked query={keys}>
        {({ items }) => (
          <table className="plain">
            <thead>
              <tr>
                <th>Signs</th>
                <th>State</th>
                <th>Since</th>
                <th>Believed until</th>
                <th>Key</th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ kid, purpose, state, activeFromAt, retiresAt }) => (
                <tr key={kid}>
                  <td>{objects[purpose] ?? purpose}</td>
                  <td>
                    <Mark {...(states[state] ?? { tone: "unknown", word: state })} />
                  </td>
                  <td>{sinceShown(activeFromAt)}</td>
                  <td>{retiresAt === null ? "replaced by hand" : <Age at={retiresAt} />}</td>
                  <td className="mono">{kid}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Asked>
    </Panel>
  );
}
