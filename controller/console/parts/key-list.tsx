import { Modal } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type ReactNode, useRef, useState } from "react";
import { useLocation } from "wouter";

/** After `g`, so long for the letter of a page. */
const letterWithinMs = 1_500;

const pages: Readonly<Record<string, readonly [path: string, title: string]>> = {
  o: ["/", "Overview"],
  w: ["/approvals", "Approvals"],
  c: ["/decisions", "Decisions"],
  d: ["/devices", "Devices"],
  u: ["/users", "Users & groups"],
  e: ["/explorer", "Explorer"],
  p: ["/policies", "Policies"],
  r: ["/resources", "Resources"],
  g: ["/gateways", "Gateways & sites"],
  a: ["/audit", "Audit"],
  s: ["/settings", "Settings"],
};

const others = [
  ["/", "go to the filter of a list"],
  ["Ctrl+K", "find a device, or open a pasted reference"],
  ["J, K, arrows", "move in a list or the matrix"],
  ["Enter", "open the row"],
  ["X", "mark the row"],
  ["Esc", "close a dialog"],
  ["?", "this list"],
] as const;

/** Listens for the keys that work everywhere, and shows them all on `?`. */
export function KeyList(): ReactNode {
  const [, go] = useLocation();
  const [open, setOpen] = useState(false);
  const goAt = useRef(0);
  const letters = Object.keys(pages).filter((letter) => letter !== "g");
  const toPage = (letter: string) => () => {
    if (Date.now() - goAt.current > letterWithinMs) return;
    goAt.current = 0;
    go(pages[letter]?.[0] ?? "/");
  };
  useHotkeys([
    ["/", () => document.querySelector<HTMLInputElement>("[data-filter]")?.focus()],
    ["mod+K", () => document.querySelector<HTMLInputElement>("[data-find]")?.focus()],
    ["shift+?", () => setOpen(true)],
    [
      "g",
      () => {
        if (Date.now() - goAt.current < letterWithinMs) toPage("g")();
        else goAt.current = Date.now();
      },
    ],
    ...letters.map((letter): [string, () => void] => [letter, toPage(letter)]),
  ]);
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys" centered>
      <dl className="fields">
        {others.map(([keys, what]) => (
          <KeyRow key={keys} keys={keys} what={what} />
        ))}
        {Object.entries(pages).map(([letter, [, title]]) => (
          <KeyRow key={letter} keys={`G ${letter.toUpperCase()}`} what={title} />
        ))}
      </dl>
    </Modal>
  );
}

function KeyRow({ keys, what }: { readonly keys: string; readonly what: string }): ReactNode {
  return (
    <>
      <dt className="mono">{keys}</dt>
      <dd>{what}</dd>
    </>
  );
}
