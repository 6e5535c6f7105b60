import type { Tone } from "./words.ts";

/** Strokes of a mark in 16 by 16; the first is its outline. */
export interface Shape {
  readonly outline: string;
  readonly inside: string;
  readonly dashed?: true;
}

const circle = "M14.2 8 A6.2 6.2 0 1 1 1.8 8 A6.2 6.2 0 1 1 14.2 8";

/** The shape of each tone: it tells them apart where colours do not. */
export const shapes: Readonly<Record<Tone, Shape>> = {
  met: { outline: circle, inside: "M5.2 8.2 7.2 10.2 11 6" },
  grace: { outline: "M8 1.8 14.6 13.6 H1.4 Z", inside: "M8 6.2 V9.4 M8 11.3 V11.6" },
  key: {
    outline: "M8 8 A3 3 0 1 1 2 8 A3 3 0 1 1 8 8",
    inside: "M8 8 H14.5 M12 8 V11 M14 8 V10",
  },
  unmet: {
    outline: "M5.2 1.6 H10.8 L14.4 5.2 V10.8 L10.8 14.4 H5.2 L1.6 10.8 V5.2 Z",
    inside: "M5.6 5.6 10.4 10.4 M10.4 5.6 5.6 10.4",
  },
  unknown: {
    outline: circle,
    inside: "M6.3 6.3 Q8 4.4 9.6 6.2 Q9.9 7.6 8 8.6 V9.4 M8 11.2 V11.5",
    dashed: true,
  },
  locked: { outline: "M3 7 H13 V14 H3 Z", inside: "M5.2 7 V5 a2.8 2.8 0 0 1 5.6 0 V7" },
  info: { outline: circle, inside: "M8 7.4 V11.2 M8 4.8 V5.1" },
};
