import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { unmetText } from "#shared/policy/reason-text.ts";
import type { DecisionShown } from "#shared/protocol/api/decision.ts";
import { effectSaid } from "../text/words.ts";
import { At } from "./age.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { Mark } from "./mark.tsx";
import { Nothing } from "./panel.tsx";

/** Says in one line why a decision is what it is. */
export function whyText({ determinedBy, unmet, effect }: DecisionShown): string {
  const [first, ...more] = unmet;
  if (effect !== "allow" && first !== undefined) {
    const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
    return `${unmetText(first).replace(/^: /, "")}${rest}`;
  }
  return determinedBy.length > 0 ? `by ${determinedBy.join(", ")}` : "no rule names it";
}

const columns: readonly Column<DecisionShown>[] = [
  { title: "When", width: "138px", cell: ({ at }) => <At at={at} /> },
  { title: "Answer", width: "90px", cell: ({ effect }) => <Mark {...effectSaid(effect)} /> },
  { title: "Device", width: "minmax(120px, 1fr)", cell: (one) => one.deviceName ?? one.device },
  {
    title: "Resource",
    width: "minmax(100px, 1fr)",
    cell: (one) => one.resourceName ?? one.resource,
  },
  {
    title: "Why",
    width: "minmax(200px, 3fr)",
    cell: whyText,
  },
  {
    title: "Reference",
    width: "96px",
    cell: (one) => <span className="mono">{one.reference}</span>,
  },
];

interface DecisionTableProps {
  readonly decisions: readonly (DecisionShown | undefined)[];
  readonly onSight?: (first: number, last: number) => void;
  readonly more?: boolean;
}

/** Decisions, newest first; a row opens its decision. */
export function DecisionTable(props: DecisionTableProps): ReactNode {
  const { decisions, onSight, more = false } = props;
  const [, go] = useLocation();
  if (decisions.length === 0) return <Nothing>Nothing was decided yet.</Nothing>;
  return (
    <DataTable
      label="Decisions"
      columns={columns}
      rows={decisions}
      keyOf={({ id }) => id}
      onOpen={({ id }) => go(`/decisions/${id}`)}
      more={more}
      {...(onSight === undefined ? {} : { onSight })}
    />
  );
}
