import { Group, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type GatewayShown, gatewayShown } from "#shared/protocol/api/place.ts";
import { ask, type Looked } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Confirm } from "./confirm.tsx";
import { Panel } from "./panel.tsx";

/** What an administrator says of a gateway; kept only over what was read. */
export function GatewaySettings({ answer: gateway, tag }: Looked<GatewayShown>): ReactNode {
  const queries = useQueryClient();
  const may = useMay("administer");
  const { endpoints, priority, listenPort, lan } = gateway;
  const [wanted, setWanted] = useState({ endpoints: [...endpoints], priority, listenPort, lan });
  const change = (more: Partial<typeof wanted>) => setWanted({ ...wanted, ...more });
  const same = JSON.stringify(wanted) === JSON.stringify({ endpoints, priority, listenPort, lan });
  const save = async () => {
    const order = { params: { key: gateway.id }, body: wanted, ifMatch: tag };
    await ask("PATCH /gateways/:key", gatewayShown, order);
    await queries.invalidateQueries({ queryKey: ["gateways"] });
  };
  return (
    <Panel title="How it is reached">
      <TagsInput
        label="Endpoints"
        description="Where devices find it, as HOST:PORT; the first that answers is used"
        maxTags={4}
        disabled={!may}
        value={wanted.endpoints}
        onChange={(value) => change({ endpoints: value })}
      />
      <Group align="flex-end" mt="sm">
        <NumberInput
          label="Priority"
          description="The lowest goes first"
          w={150}
          min={1}
          max={100}
          disabled={!may}
          value={wanted.priority}
          onChange={(value) => change({ priority: Number(value) })}
        />
        <NumberInput
          label="Port"
          description="UDP, on the gateway"
          w={150}
          min={1}
          max={65_535}
          disabled={!may}
          value={wanted.listenPort}
          onChange={(value) => change({ listenPort: Number(value) })}
        />
        <TextInput
          label="LAN"
          description="Its interface, or auto"
          w={150}
          disabled={!may}
          value={wanted.lan}
          onChange={(event) => change({ lan: event.currentTarget.value })}
        />
        <Confirm
          verb="Save"
          disabled={!may || same || wanted.endpoints.length === 0}
          effect={`Every device of ${gateway.site} is told at once; tunnels that find another endpoint or port begin anew.`}
          run={save}
        />
      </Group>
    </Panel>
  );
}
