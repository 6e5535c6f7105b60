/** The icon's shield on the page: letters for it are missing in the fonts of many machines. */
import type { FaceKind } from "./face.ts";
import { type Html, html } from "./html.ts";
import { marksOf, strokeWidth } from "./icon.ts";

const outline = "M.12 .08 H.88 V.5 C.88 .75 .72 .9 .5 .96 C.28 .9 .12 .75 .12 .5 Z";

/** Returns the drawing of a state, in the colour of its place. */
export function shieldOf(kind: FaceKind): Html {
  const { filled, strokes } = marksOf(kind);
  const ink = filled ? "var(--page)" : "currentColor";
  return html`<svg
    class="mark ${filled ? "filled" : "hollow"}"
    viewBox="0 0 1 1"
    aria-hidden="true"
  >
    <path d="${outline}" />
    ${strokes.map((stroke) => html`<polyline points="${stroke.map(([x, y]) => `${x},${y}`).join(" ")}" stroke="${ink}" stroke-width="${strokeWidth}" />`)}
  </svg>`;
}
