import { Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type SiteShown, siteShown } from "#shared/protocol/api/place.ts";
import { ask, isMoved, look } from "../live/api.ts";
import { Confirm } from "./confirm.tsx";
import { SeenShown, useSeen } from "./seen.tsx";

interface Wanted {
  readonly name: string;
  readonly forwarding: "snat" | "routed";
  readonly resolvers: readonly string[];
}

const empty: Wanted = { name: "", forwarding: "snat", resolvers: [] };

const forwardings = [
  { value: "snat", label: "snat: hosts see the gateway's address" },
  { value: "routed", label: "routed: hosts see the device's address, and need a route back" },
];

/** A button and its dialog: a new site, or another way of one that is there. */
export function SiteDialog({ site }: { readonly site: SiteShown | null }): ReactNode {
  const queries = useQueryClient();
  const params = { name: site?.name ?? "" };
  const seen = useSeen(() => look("GET /sites/:name", siteShown, { params }));
  const held: Wanted = { ...(seen.answer ?? site ?? empty) };
  const [changed, setChanged] = useState<Partial<Wanted>>({});
  const { name, forwarding, resolvers } = { ...held, ...changed };
  const save = async () => {
    const order = { params: { name }, body: { forwarding, resolvers: [...resolvers] } };
    if (site === null) await ask("PUT /sites/:name", siteShown, order);
    else {
      await seen
        .over((ifMatch) => ask("PUT /sites/:name", siteShown, { ...order, ifMatch }))
        .catch((error: unknown) => {
          // What somebody else made of it is what is shown from then on.
          if (isMoved(error)) setChanged({});
          throw error;
        });
    }
    setChanged({});
    await queries.invalidateQueries({ queryKey: ["gateways"] });
  };
  return (
    <Confirm
      verb={site === null ? "New site" : `Change ${name}`}
      effect={
        site === null
          ? "A site is a network with gateways: resources are in one, and its gateways lead there."
          : "Its gateways and every device are told at once."
      }
      lacking={site === null ? name === "" : seen.answer === null}
      onOpen={() => {
        setChanged({});
        if (site !== null) seen.open();
      }}
      run={save}
    >
      {site === null ? null : <SeenShown seen={seen}>{() => null}</SeenShown>}
      <Stack gap="sm">
        {site === null ? (
          <TextInput
            data-autofocus
            label="Name"
            description="Lower-case letters, digits, dots and hyphens"
            value={name}
            onChange={(event) => setChanged({ ...changed, name: event.currentTarget.value })}
          />
        ) : null}
        <Select
          label="Forwarding"
          data={forwardings}
          value={forwarding}
          allowDeselect={false}
          onChange={(value) =>
            setChanged({ ...changed, forwarding: value === "routed" ? value : "snat" })
          }
        />
        <TagsInput
          label="Resolvers"
          description="Addresses of the site's own name servers, asked through its gateways"
          maxTags={4}
          value={[...resolvers]}
          onChange={(value) => setChanged({ ...changed, resolvers: value })}
        />
      </Stack>
    </Confirm>
  );
}
