import type { CSSProperties, ReactNode } from "react";
import type { Said, Tone } from "../text/words.ts";

const shapes: Readonly<Record<Tone, ReactNode>> = {
  met: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M5.2 8.2 7.2 10.2 11 6" />
    </>
  ),
  grace: (
    <>
      <path d="M8 1.8 14.6 13.6 H1.4 Z" />
      <path d="M8 6.2 V9.4 M8 11.3 V11.6" />
    </>
  ),
  key: (
    <>
      <circle cx="5" cy="8" r="3" />
      <path d="M8 8 H14.5 M12 8 V11 M14 8 V10" />
    </>
  ),
  unmet: (
    <>
      <path d="M5.2 1.6 H10.8 L14.4 5.2 V10.8 L10.8 14.4 H5.2 L1.6 10.8 V5.2 Z" />
      <path d="M5.6 5.6 10.4 10.4 M10.4 5.6 5.6 10.4" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.2" strokeDasharray="2.4 1.8" />
      <path d="M6.3 6.3 Q8 4.4 9.6 6.2 Q9.9 7.6 8 8.6 V9.4 M8 11.2 V11.5" />
    </>
  ),
  locked: (
    <>
      <rect x="3" y="7" width="10" height="7" rx="1.2" />
      <path d="M5.2 7 V5 a2.8 2.8 0 0 1 5.6 0 V7" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 7.4 V11.2 M8 4.8 V5.1" />
    </>
  ),
};

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
  return (
    <svg
      width="13"
      height="13"
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={{ color: `var(--${tone})` }}
    >
      <g fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
        {shapes[tone]}
      </g>
    </svg>
  );
}
