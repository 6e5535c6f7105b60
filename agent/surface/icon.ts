/** Draws the shield: a shape for each state beside its tint, so that colour is never alone. */
import type { FaceKind } from "./face.ts";

type Point = readonly [x: number, y: number];
/** A line from point to point, on a square of 1 by 1. */
type Stroke = readonly Point[];

interface Drawing {
  readonly tint: readonly [red: number, green: number, blue: number];
  readonly filled: boolean;
  readonly strokes: readonly Stroke[];
}

const green = [0x1a, 0x8a, 0x4a] as const;
const red = [0xc6, 0x2b, 0x22] as const;
const amber = [0xb3, 0x6b, 0x00] as const;
const grey = [0x6b, 0x77, 0x85] as const;
const purple = [0x6b, 0x3f, 0xb8] as const;
const blue = [0x0b, 0x5c, 0xad] as const;

const dots: readonly Stroke[] = [0.32, 0.5, 0.68].map((x) => [
  [x, 0.47],
  [x, 0.5],
]);
const bar: Stroke = [
  [0.3, 0.47],
  [0.7, 0.47],
];
const mark: readonly Stroke[] = [
  [
    [0.5, 0.26],
    [0.5, 0.54],
  ],
  [
    [0.5, 0.7],
    [0.5, 0.71],
  ],
];

const drawings: Readonly<Record<FaceKind, Drawing>> = {
  protected: {
    tint: green,
    filled: true,
    strokes: [
      [
        [0.3, 0.48],
        [0.45, 0.63],
        [0.71, 0.32],
      ],
    ],
  },
  partly: { tint: amber, filled: true, strokes: mark },
  blocked: { tint: red, filled: true, strokes: [bar] },
  // A lock: its bow, and its body.
  isolated: {
    tint: red,
    filled: true,
    strokes: [
      [
        [0.4, 0.44],
        [0.4, 0.32],
        [0.5, 0.25],
        [0.6, 0.32],
        [0.6, 0.44],
      ],
      [
        [0.35, 0.5],
        [0.65, 0.5],
      ],
      [
        [0.35, 0.6],
        [0.65, 0.6],
      ],
    ],
  },
  broken: {
    tint: red,
    filled: true,
    strokes: [
      [
        [0.33, 0.3],
        [0.67, 0.64],
      ],
      [
        [0.67, 0.3],
        [0.33, 0.64],
      ],
    ],
  },
  // A key: its ring, its shaft, its bit.
  signIn: {
    tint: purple,
    filled: true,
    strokes: [
      [
        [0.5, 0.26],
        [0.6, 0.34],
        [0.5, 0.42],
        [0.4, 0.34],
        [0.5, 0.26],
      ],
      [
        [0.5, 0.42],
        [0.5, 0.74],
        [0.62, 0.74],
      ],
      [
        [0.5, 0.6],
        [0.62, 0.6],
      ],
    ],
  },
  portal: {
    tint: blue,
    filled: true,
    strokes: [
      [
        [0.3, 0.42],
        [0.5, 0.32],
        [0.7, 0.42],
      ],
      [
        [0.4, 0.54],
        [0.5, 0.48],
        [0.6, 0.54],
      ],
      [
        [0.5, 0.66],
        [0.5, 0.67],
      ],
    ],
  },
  connecting: { tint: grey, filled: true, strokes: dots },
  waiting: { tint: blue, filled: true, strokes: dots },
  offline: { tint: grey, filled: false, strokes: [] },
  down: { tint: grey, filled: false, strokes: [bar] },
  notJoined: { tint: grey, filled: false, strokes: mark },
};

/** As part of the side. */
export const strokeWidth = 0.11;
const edgeWidth = 0.09;
/** Points looked at in each pixel, along each side. */
const samples = 4;

/** Returns ARGB in network byte order, as panels take it. */
export function iconOf(kind: FaceKind, size: number): Buffer {
  const pixels = Buffer.alloc(size * size * 4);
  const drawing = drawings[kind];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      paint(pixels.subarray((y * size + x) * 4), shadeOf(drawing, { x, y, size }));
    }
  }
  return pixels;
}

/** Returns the shield's marks, on a square of 1 by 1, and whether the shield is filled. */
export function marksOf(kind: FaceKind): Pick<Drawing, "filled" | "strokes"> {
  return drawings[kind];
}

/** How much of a pixel is tint, and how much is the white of a stroke. */
interface Shade {
  readonly tint: Drawing["tint"];
  readonly tinted: number;
  readonly white: number;
}

function paint(pixel: Buffer, { tint, tinted, white }: Shade): void {
  const alpha = tinted + white;
  if (alpha === 0) return;
  pixel[0] = Math.round(alpha * 255);
  tint.forEach((part, at) => {
    pixel[at + 1] = Math.round((part * tinted + 255 * white) / alpha);
  });
}

function shadeOf(
  { tint, filled, strokes }: Drawing,
  { x, y, size }: { readonly x: number; readonly y: number; readonly size: number },
): Shade {
  let tinted = 0;
  let white = 0;
  for (let at = 0; at < samples * samples; at += 1) {
    const point: Point = [
      (x + ((at % samples) + 0.5) / samples) / size,
      (y + (Math.floor(at / samples) + 0.5) / samples) / size,
    ];
    const depth = depthInShield(point);
    if (depth <= 0) continue;
    const drawn = strokes.some((stroke) => distanceTo(stroke, point) < strokeWidth / 2);
    if (filled && drawn) white += 1;
    else if (filled || drawn || depth < edgeWidth) tinted += 1;
  }
  const all = samples * samples;
  return { tint, tinted: tinted / all, white: white / all };
}

/** How far inside the shield a point is; not positive outside. */
function depthInShield([x, y]: Point): number {
  const half = y < 0.5 ? 0.42 : 0.42 * Math.sqrt(Math.max(0, 1 - ((y - 0.5) / 0.47) ** 2));
  return Math.min(half - Math.abs(x - 0.5), y - 0.04, 0.97 - y);
}

function distanceTo(stroke: Stroke, [x, y]: Point): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let at = 1; at < stroke.length; at += 1) {
    const [ax, ay] = stroke[at - 1] ?? [0, 0];
    const [bx, by] = stroke[at] ?? [0, 0];
    const [dx, dy] = [bx - ax, by - ay];
    const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
    const t = Math.min(1, Math.max(0, along));
    nearest = Math.min(nearest, Math.hypot(x - ax - t * dx, y - ay - t * dy));
  }
  return nearest;
}
