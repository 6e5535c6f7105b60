import {
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type EnrolKeyMade, enrolKeyMade } from "#shared/protocol/api/credential.ts";
import type { BodyOf } from "#shared/protocol/api/contract.ts";
import { siteList } from "#shared/protocol/api/place.ts";
import { ask } from "../live/api.ts";
import { Age } from "./age.tsx";
import { CopyLine } from "./copy-line.tsx";
import { MakingDialog } from "./making-dialog.tsx";

const lives = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
];

interface Wanted {
  readonly name: string;
  readonly role: "device" | "gateway";
  readonly site: string | null;
  readonly groups: string[];
  readonly usesMax: number;
  readonly validForSeconds: string;
}

const usual: Wanted = {
  name: "",
  role: "device",
  site: null,
  groups: [],
  usesMax: 1,
  validForSeconds: "86400",
};

/** A button and its dialog: a new key, whose text is shown this once. */
export function NewKey(): ReactNode {
  const [wanted, setWanted] = useState(usual);
  return (
    <MakingDialog
      button="New key"
      title="New enrolment key"
      submit="Make the key"
      ready={wanted.name !== ""}
      make={() => ask("POST /enrol-keys", enrolKeyMade, { body: orderOf(wanted) })}
      listKey={["enrol-keys"]}
      onClose={() => setWanted(usual)}
      fields={<KeyFields wanted={wanted} change={(more) => setWanted({ ...wanted, ...more })} />}
    >
      {(made, close) => <KeyText made={made} onClose={close} />}
    </MakingDialog>
  );
}

function orderOf(wanted: Wanted): BodyOf<"POST /enrol-keys"> {
  const { name, role, site, groups, usesMax, validForSeconds } = wanted;
  if (role === "gateway") return { name, role, site: site ?? undefined, validForSeconds: 3_600 };
  return { name, role, groups, usesMax, validForSeconds: Number(validForSeconds) };
}

interface KeyFieldsProps {
  readonly wanted: Wanted;
  readonly change: (more: Partial<Wanted>) => void;
}

function KeyFields({ wanted, change }: KeyFieldsProps): ReactNode {
  const sites = useQuery({
    queryKey: ["gateways", "sites"],
    queryFn: () => ask("GET /sites", siteList),
  });
  const gateway = wanted.role === "gateway";
  return (
    <>
      <TextInput
        label="Name"
        description="Lower-case letters, digits, dots and hyphens"
        data-autofocus
        value={wanted.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Select
        label="For"
        data={[
          { value: "device", label: "devices" },
          { value: "gateway", label: "a gateway (one use, one hour, approved by hand)" },
        ]}
        value={wanted.role}
        allowDeselect={false}
        onChange={(role) => change({ role: role === "gateway" ? role : "device" })}
      />
      {gateway ? (
        <Select
          label="Site"
          data={(sites.data?.items ?? []).map(({ name }) => name)}
          value={wanted.site}
          onChange={(site) => change({ site })}
        />
      ) : (
        <>
          <TagsInput
            label="Groups that devices of this key get"
            value={wanted.groups}
            onChange={(groups) => change({ groups })}
          />
          <NumberInput
            label="How many may join"
            description={
              wanted.usesMax > 1 ? "More than one: each waits until you approve it" : undefined
            }
            min={1}
            max={1_000_000}
            value={wanted.usesMax}
            onChange={(usesMax) => change({ usesMax: Number(usesMax) || 1 })}
          />
          <Select
            label="Ends after"
            data={lives}
            value={wanted.validForSeconds}
            allowDeselect={false}
            onChange={(validForSeconds) => change({ validForSeconds: validForSeconds ?? "86400" })}
          />
        </>
      )}
    </>
  );
}

function KeyText({
  made,
  onClose,
}: {
  readonly made: EnrolKeyMade;
  readonly onClose: () => void;
}): ReactNode {
  const { key = "", role } = made;
  const as = role === "gateway" ? "the gateway" : "the device";
  return (
    <Stack gap="sm">
      <Text size="sm">
        The key is shown this once and not kept. It ends <Age at={made.expiresAt} />.
      </Text>
      <CopyLine label="the key" text={key} />
      <Text size="sm">
        On {as}, with the package installed (the key does not stay in the history):
      </Text>
      <CopyLine
        label="the enrolment line"
        text={` printf %s '${key}' | sudo sallyport enroll --key-file -`}
      />
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
