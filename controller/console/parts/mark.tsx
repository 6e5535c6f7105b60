import type { CSSProperties, ReactNode } from "react";
import { shapes } from "../text/shapes.ts";
import type { Said } from "../text/words.ts";

/** A word with its shape and colour: each of the three tells it alone. */
export function Mark({ tone, word }: Said): ReactNode {
  const colours = { "--tone": `var(--${tone})`, "--chip": `var(--${tone}-chip)` };
  return (
    <span className="mark" style={colours as CSSProperties}>
      <MarkShape tone={tone} />
      {word}
    </span>
  );
}

/** The shape alone, where a name beside it says the word. */
export function MarkShape({ tone }: Pick<Said, "tone">): ReactNode {
  const { outline, inside, dashed = false } = shapes[tone];
  return (
    <svg
      width="13"
      height="13"
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={{ color: `var(--${tone})` }}
    >
      <g fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
        <path d={outline} strokeDasharray={dashed ? "2.4 1.8" : undefined} />
        <path d={inside} />
      </g>
    </svg>
  );
}
