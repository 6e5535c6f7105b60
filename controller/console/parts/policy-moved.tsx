import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { policyChangeList } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { Age } from "./age.tsx";
import { Asked, Panel } from "./panel.tsx";

interface MovedProps {
  /** The set that is in force now. */
  readonly version: string;
  readonly take: () => void;
  readonly keep: () => void;
}

/** Another set came in force under what is being written: who did it, and how to go on. */
export function MovedPanel({ version, take, keep }: MovedProps): ReactNode {
  const changes = useQuery({
    queryKey: ["policies", "changes"],
    queryFn: () => ask("GET /policies/changes", policyChangeList),
  });
  return (
    <Panel title="The set in force was replaced meanwhile">
      <div role="alert">
        <Asked query={changes}>
          {({ items }) => {
            const by = items.find((one) => one.version === version);
            if (by === undefined) return <>Now it is {version.slice(0, 12)}.</>;
            return (
              <>
                By <strong>{by.author}</strong>, <Age at={by.createdAt} />: {by.reason}
              </>
            );
          }}
        </Asked>
        <p className="muted">
          Your text is still here. Nothing of it is put in force before you choose.
        </p>
      </div>
      <Group gap={8}>
        <Button size="xs" variant="default" onClick={keep}>
          Keep mine, and see what it changes now
        </Button>
        <Button size="xs" variant="default" onClick={take}>
          Take the new text
        </Button>
      </Group>
    </Panel>
  );
}
