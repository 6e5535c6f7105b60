import type { ReactNode } from "react";

/** Names and what they stand for, one pair a line. */
export function Fields({
  rows,
}: {
  readonly rows: readonly (readonly [string, ReactNode])[];
}): ReactNode {
  return (
    <dl className="fields">
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
