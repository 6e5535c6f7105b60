import type { ReactNode } from "react";

/** A sentence whose parts between backticks are shown as what one types. */
export function WithCode({ text }: { readonly text: string }): ReactNode {
  return text.split("`").map((part, place) =>
    place % 2 === 0 ? (
      part
    ) : (
      <code key={`${place} ${part}`} className="mono">
        {part}
      </code>
    ),
  );
}
