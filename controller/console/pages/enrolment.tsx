import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { enrolKeyList, type EnrolKeyShown, revoked } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "../parts/age.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { NewKey } from "../parts/new-key.tsx";
import { Asked, Nothing, PageHead } from "../parts/panel.tsx";
import { RefusedJoinings } from "../parts/refused-joinings.tsx";
import { stateSaid } from "../text/words.ts";

const shownColumns: readonly Column<EnrolKeyShown>[] = [
  {
    title: "Name",
    width: "minmax(120px, 2fr)",
    cell: ({ name }) => <strong title={name}>{name}</strong>,
  },
  {
    title: "For",
    width: "minmax(130px, 1.4fr)",
    cell: ({ role, site }) => (site === null ? role : `${role} of ${site}`),
  },
  { title: "State", width: "100px", cell: ({ state }) => <Mark {...stateSaid(state)} /> },
  { title: "Used", width: "90px", cell: ({ uses, usesMax }) => `${uses} of ${usesMax}` },
  { title: "Groups", width: "minmax(90px, 1fr)", cell: ({ groups }) => groups.join(", ") || "-" },
  {
    title: "Approval",
    width: "80px",
    cell: ({ approval }) => (approval === "admin" ? "by hand" : "none"),
  },
  { title: "Ends", width: "90px", cell: ({ expiresAt }) => <Age at={expiresAt} /> },
  { title: "Last use", width: "90px", cell: ({ lastUsedAt }) => <Age at={lastUsedAt} /> },
];

/** Keys by which devices and gateways join, and who was refused. */
export function EnrolmentPage(): ReactNode {
  const queries = useQueryClient();
  const [administers, operates] = [useMay("administer"), useMay("operate")];
  const keys = useQuery({
    queryKey: ["enrol-keys"],
    queryFn: () => ask("GET /enrol-keys", enrolKeyList),
    // Uses are counted while devices join.
    refetchInterval: 5_000,
  });
  const revoke = async ({ id }: EnrolKeyShown) => {
    await ask("POST /enrol-keys/:key/revoke", revoked, { params: { key: id } });
    await queries.invalidateQueries({ queryKey: ["enrol-keys"] });
  };
  const columns: readonly Column<EnrolKeyShown>[] = [
    ...shownColumns,
    {
      title: "End it",
      width: "110px",
      cell: (key) =>
        key.state === "open" ? (
          <Confirm
            verb="Revoke"
            effect={`Nobody joins by ${key.name} any more; who joined by it stays.`}
            danger
            disabled={!operates}
            run={() => revoke(key)}
          />
        ) : null,
    },
  ];
  return (
    <>
      <PageHead title="Enrolment">{administers ? <NewKey /> : null}</PageHead>
      <Asked query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>
              No key yet. A key lets a device or a gateway join; alone it gives no access.
            </Nothing>
          ) : (
            <DataTable
              label="Enrolment keys"
              columns={columns}
              rows={items}
              keyOf={({ id }) => id}
            />
          )
        }
      </Asked>
      <RefusedJoinings />
    </>
  );
}
