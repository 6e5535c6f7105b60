import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";

/** One column; `width` is a track of a CSS grid. */
export interface Column<T> {
  readonly title: string;
  readonly width: string;
  readonly cell: (row: T) => ReactNode;
  /** In place of the title. */
  readonly head?: ReactNode;
}

/** Rows that may be marked for a step over many. */
export interface Marks<T> {
  readonly marked: ReadonlySet<string>;
  readonly set: (marked: ReadonlySet<string>) => void;
  readonly nameOf: (row: T) => string;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  /** Undefined: not here yet. */
  readonly rows: readonly (T | undefined)[];
  readonly keyOf: (row: T) => string;
  readonly onOpen?: (row: T) => void;
  readonly marks?: Marks<T>;
  /** Is told which rows are in sight. */
  readonly onSight?: (first: number, last: number) => void;
  readonly more?: boolean;
}

const rowPixels = 34;
const headPixels = 32;

/** A table of any length: only the rows in sight exist; arrows move, Enter opens. */
export function DataTable<T>(props: DataTableProps<T>): ReactNode {
  const { label, rows, keyOf, onOpen, onSight, marks, more = false } = props;
  // The same from frame to frame: a row that stays is not made again while one scrolls.
  const columns = useMemo(
    () =>
      marks === undefined ? props.columns : [markColumn({ rows, keyOf }, marks), ...props.columns],
    [props.columns, rows, keyOf, marks],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPixels,
    overscan: 12,
    paddingStart: headPixels,
    scrollPaddingStart: headPixels,
  });
  const seen = virtual.getVirtualItems();
  const [first, last] = [seen[0]?.index ?? 0, seen.at(-1)?.index ?? 0];
  useEffect(() => onSight?.(first, last), [first, last, onSight]);
  const move = (event: KeyboardEvent) => {
    const next = event.metaKey || event.ctrlKey ? null : nextRow(event.key, active, rows.length);
    if (next !== null) {
      event.preventDefault();
      setActive(next);
      virtual.scrollToIndex(next);
    }
    const row = rows[active];
    if (event.key === "Enter" && row !== undefined && event.target === scroller.current) {
      onOpen?.(row);
    }
    if (event.key.toLowerCase() === "x" && row !== undefined && marks !== undefined) {
      toggle(marks, keyOf(row));
    }
  };
  const tracks = { "--columns": columns.map(({ width }) => width).join(" ") } as CSSProperties;
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={more ? -1 : rows.length + 1}
      aria-activedescendant={active >= 0 ? `${label}-${active}` : undefined}
      tabIndex={0}
      onKeyDown={move}
      style={{ ...tracks, height: tableHeight(rows.length) }}
    >
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        <Head columns={columns} />
        {seen.map(({ index, key, start }) => (
          <KeptRow
            key={key}
            {...{ index, start, columns, onOpen }}
            id={`${label}-${index}`}
            row={rows[index]}
            active={index === active}
          />
        ))}
      </div>
    </div>
  );
}

function Head<T>({ columns }: { readonly columns: readonly Column<T>[] }): ReactNode {
  return (
    <div className="grid-head" role="row" aria-rowindex={1}>
      {columns.map(({ title, head = title }) => (
        <div key={title} role="columnheader">
          {head}
        </div>
      ))}
    </div>
  );
}

function toggle<T>({ marked, set }: Marks<T>, key: string): void {
  const next = new Set(marked);
  if (!next.delete(key)) next.add(key);
  set(next);
}

/** A box in each row, and one in the head for all rows that are loaded. */
function markColumn<T>(
  { rows, keyOf }: Pick<DataTableProps<T>, "rows" | "keyOf">,
  marks: Marks<T>,
): Column<T> {
  const { marked, set, nameOf } = marks;
  const keys = () => rows.flatMap((row) => (row === undefined ? [] : [keyOf(row)]));
  // Looked for only where something is marked: there may be a hundred thousand.
  const all = marked.size > 0 && keys().every((key) => marked.has(key));
  return {
    title: "Mark",
    width: "28px",
    head: (
      <input
        type="checkbox"
        aria-label="Mark all that are loaded"
        checked={all}
        onChange={() => set(all ? new Set() : new Set(keys()))}
      />
    ),
    cell: (row) => (
      <input
        type="checkbox"
        aria-label={`Mark ${nameOf(row)}`}
        checked={marked.has(keyOf(row))}
        onClick={(event) => event.stopPropagation()}
        onChange={() => toggle(marks, keyOf(row))}
      />
    ),
  };
}

interface RowProps<T> {
  readonly id: string;
  readonly index: number;
  readonly start: number;
  readonly row: T | undefined;
  readonly columns: readonly Column<T>[];
  readonly active: boolean;
  readonly onOpen: ((row: T) => void) | undefined;
}

function Row<T>({ id, index, start, row, columns, active, onOpen }: RowProps<T>): ReactNode {
  const place = { transform: `translateY(${start}px)`, top: 0 };
  if (row === undefined) {
    return (
      <div className="grid-row muted" role="row" aria-rowindex={index + 2} style={place}>
        <div role="gridcell">…</div>
      </div>
    );
  }
  return (
    <div
      id={id}
      className="grid-row"
      role="row"
      aria-rowindex={index + 2}
      data-active={active}
      data-opens={onOpen !== undefined}
      style={place}
      onClick={() => onOpen?.(row)}
    >
      {columns.map(({ title, cell }) => {
        const content = cell(row);
        // What is cut off is still there to be read.
        const whole = typeof content === "string" ? { title: content } : {};
        return (
          <div key={title} role="gridcell" {...whole}>
            {content}
          </div>
        );
      })}
    </div>
  );
}

const KeptRow = memo(Row) as typeof Row;

function nextRow(key: string, active: number, count: number): number | null {
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    j: active + 1,
    k: active - 1,
    PageDown: active + 15,
    PageUp: active - 15,
    Home: 0,
    End: count - 1,
  };
  const wanted = moves[key];
  return wanted === undefined || count === 0 ? null : Math.min(Math.max(wanted, 0), count - 1);
}

/** As high as its rows, at most what the window holds below the head of a page. */
function tableHeight(rows: number): string {
  return `min(${headPixels + Math.max(rows, 1) * rowPixels + 2}px, calc(100vh - 190px))`;
}
