import { Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type SiteShown, siteShown } from "#shared/protocol/api/place.ts";
import { ask } from "../live/api.ts";
import { Confirm } from "./confirm.tsx";

interface Wanted {
  readonly name: string;
  readonly forwarding: "snat" | "routed";
  readonly resolvers: string[];
}

const forwardings = [
  { value: "snat", label: "snat: hosts see the gateway's address" },
  { value: "routed", label: "routed: hosts see the device's address, and need a route back" },
];

/** A button and its dialog: a new site, or another way of one that is there. */
export function SiteDialog({ site }: { readonly site: SiteShown | null }): ReactNode {
  const queries = useQueryClient();
  const held: Wanted =
    site === null
      ? { name: "", forwarding: "snat", resolvers: [] }
      : { ...site, resolvers: [...site.resolvers] };
  const [changed, setChanged] = useState<Partial<Wanted>>({});
  const { name, forwarding, resolvers } = { ...held, ...changed };
  const save = async () => {
    // A new site may not be one that is there: only a change names what it is over.
    const over = site === null ? {} : { ifMatch: "*" };
    const order = { params: { name }, body: { forwarding, resolvers }, ...over };
    await ask("PUT /sites/:name", siteShown, order);
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
      lacking={name === ""}
      run={save}
    >
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
          value={resolvers}
          onChange={(value) => setChanged({ ...changed, resolvers: value })}
        />
      </Stack>
    </Confirm>
  );
}
