import { Group, TagsInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type DeviceDetail, deviceShown } from "#shared/protocol/api/device.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Confirm } from "./confirm.tsx";
import { Panel } from "./panel.tsx";

/** What administrators say of a device; rules go by it. */
export function DeviceTraits({ device }: { readonly device: DeviceDetail }): ReactNode {
  const { owner = "", serviceAccount = "" } = device;
  const held = { groups: [...device.groups], tags: [...device.tags], owner, serviceAccount };
  // What somebody else set meanwhile is what is changed from then on.
  return <Traits key={JSON.stringify(held)} device={device} held={held} />;
}

interface Held {
  readonly groups: string[];
  readonly tags: string[];
  readonly owner: string;
  readonly serviceAccount: string;
}

function Traits({ device, held }: { readonly device: DeviceDetail; readonly held: Held }) {
  const queries = useQueryClient();
  const may = useMay("administer");
  const [wanted, setWanted] = useState(held);
  const change = (more: Partial<Held>) => setWanted({ ...wanted, ...more });
  const save = async () => {
    const { groups, tags, owner, serviceAccount } = wanted;
    const isSame = (key: keyof Held) => JSON.stringify(wanted[key]) === JSON.stringify(held[key]);
    const body = {
      ...(isSame("groups") ? {} : { groups }),
      ...(isSame("tags") ? {} : { tags }),
      ...(isSame("owner") ? {} : { owner: owner || null }),
      ...(isSame("serviceAccount") ? {} : { serviceAccount: serviceAccount || null }),
    };
    // What is named is set whole; the rest stays, whoever set it meanwhile.
    const order = { params: { key: device.id }, body, ifMatch: "*" };
    await ask("PATCH /devices/:key", deviceShown, order);
    await queries.invalidateQueries({ queryKey: ["device"] });
  };
  return (
    <Panel title="What rules go by">
      <TagsInput
        label="Groups"
        disabled={!may}
        value={wanted.groups}
        onChange={(groups) => change({ groups })}
      />
      <TagsInput
        mt="xs"
        label="Tags"
        disabled={!may}
        value={wanted.tags}
        onChange={(tags) => change({ tags })}
      />
      <Group align="flex-end" mt="xs">
        <TextInput
          label="Owner"
          placeholder="nobody's"
          disabled={!may}
          value={wanted.owner}
          onChange={(event) => change({ owner: event.currentTarget.value })}
        />
        <TextInput
          label="Service account"
          placeholder="none"
          disabled={!may}
          value={wanted.serviceAccount}
          onChange={(event) => change({ serviceAccount: event.currentTarget.value })}
        />
        <Confirm
          verb="Save"
          disabled={!may || JSON.stringify(wanted) === JSON.stringify(held)}
          effect={`Rules decide about ${device.name} by this from now on: what it may reach opens or closes at once.`}
          run={save}
        />
      </Group>
    </Panel>
  );
}
