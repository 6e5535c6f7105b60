import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { revoked, tokenList, type TokenShown } from "#shared/protocol/api/credential.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { Age } from "../parts/age.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Mark } from "../parts/mark.tsx";
import { Passkeys } from "../parts/passkeys.tsx";
import { NewAdministrator } from "../parts/new-administrator.tsx";
import { NewToken } from "../parts/new-token.tsx";
import { Asked, Nothing, PageHead } from "../parts/panel.tsx";
import { stateSaid } from "../text/words.ts";

/** Who administers, by which tokens; sessions of the console stand on them. */
export function AdminsPage(): ReactNode {
  const queries = useQueryClient();
  const administers = useMay("administer");
  const tokens = useQuery({
    queryKey: ["tokens"],
    queryFn: () => ask("GET /tokens", tokenList),
    enabled: administers,
  });
  const revoke = async ({ id }: TokenShown) => {
    await ask("POST /tokens/:key/revoke", revoked, { params: { key: id } });
    await queries.invalidateQueries({ queryKey: ["tokens"] });
  };
  const columns: readonly Column<TokenShown>[] = [
    {
      title: "Administrator",
      width: "minmax(120px, 1fr)",
      cell: ({ admin }) => <strong>{admin}</strong>,
    },
    { title: "Token", width: "minmax(120px, 1fr)", cell: ({ name }) => name },
    { title: "Role", width: "120px", cell: ({ role }) => role },
    { title: "State", width: "100px", cell: ({ state }) => <Mark {...stateSaid(state)} /> },
    { title: "Made", width: "90px", cell: ({ createdAt }) => <Age at={createdAt} /> },
    { title: "Made by", width: "minmax(150px, 1fr)", cell: ({ createdBy }) => createdBy },
    {
      title: "Ends",
      width: "90px",
      cell: ({ expiresAt }) => (expiresAt === null ? "by hand" : <Age at={expiresAt} />),
    },
    {
      title: "End it",
      width: "110px",
      cell: (token) =>
        token.state === "live" ? (
          <Confirm
            verb="Revoke"
            effect={`The token ${token.name} and every session on it end at once.`}
            danger
            run={() => revoke(token)}
          />
        ) : null,
    },
  ];
  return (
    <>
      <PageHead title="Administrators">
        {administers ? (
          <>
            <NewAdministrator />
            <NewToken />
          </>
        ) : null}
      </PageHead>
      {administers ? null : <Nothing>Tokens are for administrators to see.</Nothing>}
      {administers ? (
        <Asked query={tokens}>
          {({ items }) => (
            <DataTable label="Tokens" columns={columns} rows={items} keyOf={({ id }) => id} />
          )}
        </Asked>
      ) : null}
      <Passkeys />
    </>
  );
}
