import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { AnswerOf } from "#shared/protocol/api/contract.ts";
import { groupList, userPage, userStepped } from "#shared/protocol/api/user.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "../parts/age.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { Asked, Nothing, PageHead, Panel } from "../parts/panel.tsx";

type Users = AnswerOf<"GET /users">;
type User = Users["items"][number];
type Groups = AnswerOf<"GET /groups">;
type Group = Groups["items"][number];

/** People and their groups: who may sign in, and what ends it. */
export function UsersPage(): ReactNode {
  const users = useQuery({
    queryKey: ["users"],
    queryFn: () => ask("GET /users", userPage, { query: { limit: 1_000 } }),
  });
  const groups = useQuery({ queryKey: ["groups"], queryFn: () => ask("GET /groups", groupList) });
  return (
    <>
      <PageHead title="Users & groups" />
      <Asked query={users}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing>
              Nobody has signed in yet. Set an identity provider by{" "}
              <code className="mono">sallyport-controller sign-in apply FILE</code>, or let a
              directory bring people by SCIM.
            </Nothing>
          ) : (
            <UserTable users={items} />
          )
        }
      </Asked>
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
  { title: "Group", width: "minmax(160px, 1fr)", cell: ({ name }) => <strong>{name}</strong> },
  { title: "From", width: "120px", cell: ({ source }) => sourceSaid(source) },
  { title: "People", width: "90px", cell: ({ members }) => members },
];

function UserTable({ users }: { readonly users: readonly User[] }): ReactNode {
  const queries = useQueryClient();
  const operates = useMay("operate");
  const administers = useMay("administer");
  const step = async ({ id }: User, verb: "activate" | "deactivate" | "sign-out") => {
    const effect = await ask(`POST /users/:key/${verb}`, userStepped, { params: { key: id } });
    await queries.invalidateQueries({ queryKey: ["users"] });
    return effect;
  };
  const columns: readonly Column<User>[] = [
    { title: "Person", width: "minmax(180px, 1fr)", cell: ({ name }) => <strong>{name}</strong> },
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
  return <DataTable label="Users" columns={columns} rows={users} keyOf={({ id }) => id} />;
}

function sourceSaid(source: string): string {
  return source === "scim" ? "directory" : source === "idp" ? "sign-in" : source;
}
