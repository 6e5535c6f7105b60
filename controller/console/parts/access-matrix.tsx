import { Button, Group } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { Link } from "wouter";
import { reasonText } from "#shared/policy/reason-text.ts";
import { type AccessMatrix, accessMatrix } from "#shared/protocol/api/fleet.ts";
import { ask } from "../live/api.ts";
import { effectSaid } from "../text/words.ts";
import { Mark, MarkShape } from "./mark.tsx";
import { Asked, Nothing, Panel } from "./panel.tsx";

type Row = AccessMatrix["items"][number];
type Cell = Row["cells"][number];

/** A place in the matrix; what stands there may change while it is looked at. */
interface Picked {
  readonly device: string;
  readonly resource: string;
}

/** Who reaches what now: devices against resources, as the decisions in force say. */
export function AccessMatrixShown(props: {
  readonly search: string;
  readonly resource: string;
}): ReactNode {
  const { search, resource } = props;
  const [picked, pick] = useState<Picked | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ["device", "matrix", search, resource],
    initialPageParam: "",
    queryFn: ({ pageParam: after }) =>
      ask("GET /explorer", accessMatrix, { query: { search, resource, after, limit: 50 } }),
    getNextPageParam: ({ nextAfter }) => nextAfter,
  });
  const rows = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PickedPanel picked={picked} rows={rows} resources={pages.data?.pages[0]?.resources ?? []} />
      <Panel title="Who reaches what now" aside={<Legend />} flush>
        <Asked query={{ data: pages.data?.pages[0], error: pages.error }}>
          {({ resources, resourcesMore }) =>
            rows.length === 0 || resources.length === 0 ? (
              <Nothing>
                {search === "" && resource === ""
                  ? "Nothing to set against each other yet: it takes a device and a resource."
                  : "No device and resource fit these filters."}
              </Nothing>
            ) : (
              <>
                <Matrix rows={rows} resources={resources} picked={picked} pick={pick} />
                {resourcesMore > 0 ? (
                  <Nothing>{resourcesMore} more resources: name one in the filter.</Nothing>
                ) : null}
              </>
            )
          }
        </Asked>
      </Panel>
      {pages.hasNextPage ? (
        <Group>
          <Button
            size="xs"
            variant="default"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            More devices
          </Button>
        </Group>
      ) : null}
    </>
  );
}

function Legend(): ReactNode {
  return (
    <span style={{ display: "flex", gap: 6 }}>
      <Mark tone="met" word="allow" />
      <Mark tone="key" word="step-up" />
      <Mark tone="unmet" word="deny" />
      <span className="muted">· no rule</span>
    </span>
  );
}

interface MatrixProps extends Pick<AccessMatrix, "resources"> {
  readonly rows: readonly Row[];
  readonly picked: Picked | null;
  readonly pick: (picked: Picked) => void;
}

/** Arrows move between cells, Enter opens one. */
function Matrix({ rows, resources, picked, pick }: MatrixProps): ReactNode {
  const table = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const move = (event: KeyboardEvent) => {
    const [down, right] = moves[event.key] ?? [0, 0];
    if (down === 0 && right === 0) return;
    event.preventDefault();
    const row = clamp(at.row + down, rows.length);
    const column = clamp(at.column + right, resources.length);
    setAt({ row, column });
    table.current?.querySelector<HTMLElement>(`[data-cell="${row}-${column}"]`)?.focus();
  };
  return (
    <div className="matrix-scroll">
      <table className="matrix" ref={table} onKeyDown={move}>
        <thead>
          <tr>
            <th>Device</th>
            {resources.map(({ id, name }) => (
              <th key={id} scope="col" title={name}>
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={row.device}>
              <th scope="row">
                <Link href={`/explorer?device=${row.device}`}>{row.name}</Link>
                {row.owner === null ? null : <span className="muted"> {row.owner}</span>}
              </th>
              {resources.map((resource, column) => {
                const cell = cellOf(row, resource.id);
                const here = at.row === place && at.column === column;
                return (
                  <td key={resource.id}>
                    <button
                      type="button"
                      data-cell={`${place}-${column}`}
                      tabIndex={here ? 0 : -1}
                      aria-pressed={
                        picked?.device === row.device && picked.resource === resource.id
                      }
                      aria-label={`${row.name} to ${resource.name}: ${wordOf(cell)}`}
                      onClick={() => {
                        setAt({ row: place, column });
                        pick({ device: row.device, resource: resource.id });
                      }}
                    >
                      <CellMark cell={cell} />
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const moves: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};

function clamp(place: number, count: number): number {
  return Math.min(Math.max(place, 0), count - 1);
}

function wordOf(cell: Cell | null): string {
  return cell === null ? "no rule" : effectSaid(cell.effect).word;
}

function CellMark({ cell }: { readonly cell: Cell | null }): ReactNode {
  if (cell === null) return <span className="muted">·</span>;
  return <MarkShape tone={effectSaid(cell.effect).tone} />;
}

function cellOf(row: Row, resource: string): Cell | null {
  return row.cells.find((one) => one.resource === resource) ?? null;
}

function PickedPanel({ picked, rows, resources }: Omit<MatrixProps, "pick">): ReactNode {
  const row = rows.find(({ device }) => device === picked?.device);
  const resource = resources.find(({ id }) => id === picked?.resource);
  if (row === undefined || resource === undefined) return null;
  const cell = cellOf(row, resource.id);
  return (
    <Panel title={`${row.name} to ${resource.name}`}>
      <div role="status" style={{ display: "flex", gap: 12, flexWrap: "wrap" }}>
        {cell === null ? (
          <Mark tone="unknown" word="no rule" />
        ) : (
          <Mark {...effectSaid(cell.effect)} />
        )}
        <span>{whyOf(cell)}</span>
        {cell === null ? null : (
          <Link href={`/decisions/${cell.reference}`} className="mono">
            {cell.reference}
          </Link>
        )}
        <Link href={`/explorer?device=${row.device}`}>what would change it</Link>
      </div>
    </Panel>
  );
}

function whyOf(cell: Cell | null): string {
  if (cell === null) return "No rule names this device and resource together.";
  const by = cell.determinedBy.length === 0 ? "" : `by ${cell.determinedBy.join(", ")}`;
  return cell.why === null ? by : [reasonText(cell.why), by].filter(Boolean).join("; ");
}
