import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { AnswerOf } from "#shared/protocol/api/contract.ts";
import { groupList, userPage, userStepped } from "#shared/protocol/api/user.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "../parts/age.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { useFilters } from "../parts/filters.tsx";
import { Mark } from "../parts/mark.tsx";
import { usePagedRows } from "../parts/paged-rows.ts";
import { Asked, Nothing, PageHead, Panel, Refusal } from "../parts/panel.tsx";
import { SearchField } from "../parts/search-field.tsx";

type Users = AnswerOf<"GET /users">;
type User = Users["items"][number];
type Groups = AnswerOf<"GET /groups">;
type Group = Groups["items"][number];

const pageRows = 200;

/** People and their groups: who may sign in, and what ends it. */
export function UsersPage(): ReactNode {
  const { values, set } = useFilters("search");
  const groups = useQuery({ queryKey: ["groups"], queryFn: () => ask("GET /groups", groupList) });
  return (
    <>
      <PageHead title="Users & groups">
        <SearchField
          label="Name or address"
          value={values.search ?? ""}
          onChange={(value) => set("search", value)}
        />
      </PageHead>
      <UserTable key={values.search} search={values.search} />
      <Asked query={groups}>
        {({ items }) =>
          items.length === 0 ? null : (
            <Panel title="Groups">
              <DataTable
                label="Groups"
                columns={groupColumns}
                rows={items}
                keyOf={({ id }) => id}
              />
            </Panel>
          )
        }
      </Asked>
    </>
  );
}

const groupColumns: readonly Column<Group>[] = [
  {
    title: "Group",
    width: "minmax(160px, 1fr)",
    cell: ({ name }) => <strong title={name}>{name}</strong>,
  },
  { title: "From", width: "120px", cell: ({ source }) => sourceSaid(source) },
  { title: "People", width: "90px", cell: ({ members }) => members },
];

function UserTable({ search }: { readonly search: string | null }): ReactNode {
  const { rows, more, error, see } = usePagedRows({
    key: ["users", search],
    size: pageRows,
    read: (after) => ask("GET /users", userPage, { query: { search, after, limit: pageRows } }),
  });
  const columns = useUserColumns();
  if (rows === null) return error === null ? null : <Refusal error={error} />;
  if (rows.length === 0) {
    return search === null ? (
      <Nothing>
        Nobody has signed in yet. Set an identity provider by{" "}
        <code className="mono">sallyport-controller sign-in apply FILE</code>, or let a directory
        bring people by SCIM.
      </Nothing>
    ) : (
      <Nothing>Nothing matches this filter.</Nothing>
    );
  }
  return (
    <DataTable
      label="Users"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      more={more}
      onSight={see}
    />
  );
}

/** What is shown of a person, and what one may do about it. */
function useUserColumns(): readonly Column<User>[] {
  const queries = useQueryClient();
  const operates = useMay("operate");
  const administers = useMay("administer");
  const step = async ({ id }: User, verb: "activate" | "deactivate" | "sign-out") => {
    const effect = await ask(`POST /users/:key/${verb}`, userStepped, { params: { key: id } });
    await queries.invalidateQueries({ queryKey: ["users"] });
    return effect;
  };
  return [
    {
      title: "Person",
      width: "minmax(180px, 1fr)",
      cell: ({ name }) => <strong title={name}>{name}</strong>,
    },
    {
      title: "State",
      width: "130px",
      cell: ({ active }) =>
        active ? <Mark tone="met" word="active" /> : <Mark tone="locked" word="deactivated" />,
    },
    { title: "Groups", width: "minmax(160px, 1fr)", cell: ({ groups }) => groups.join(", ") },
    { title: "From", width: "110px", cell: ({ source }) => sourceSaid(source) },
    {
      title: "Signed in",
      width: "90px",
      cell: ({ lastSignInAt }) => (lastSignInAt === null ? "never" : <Age at={lastSignInAt} />),
    },
    {
      title: "End it",
      width: "220px",
      cell: (user) => {
        if (!user.active) {
          return administers ? (
            <Confirm
              verb="Activate"
              effect={`${user.name} may sign in again.`}
              run={() => step(user, "activate")}
            />
          ) : null;
        }
        return operates ? (
          <>
            <Confirm
              verb="Sign out"
              effect={`Every sign-in of ${user.name} ends now, and what it opened.`}
              run={() => step(user, "sign-out")}
            />
            <Confirm
              verb="Deactivate"
              effect={`Access of ${user.name} ends now, and nobody comes in by it any more.`}
              danger
              run={() => step(user, "deactivate")}
            />
          </>
        ) : null;
      },
    },
  ];
}

function sourceSaid(source: string): string {
  return source === "scim" ? "directory" : source === "idp" ? "sign-in" : source;
}
