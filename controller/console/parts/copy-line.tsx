import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";

/** A line to paste elsewhere, with a button that copies it. */
export function CopyLine({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): ReactNode {
  return (
    <div style={{ display: "flex", gap: 6, alignItems: "flex-start" }}>
      <code
        className="mono"
        style={{
          flex: 1,
          background: "var(--panel)",
          border: "1px solid var(--line)",
          borderRadius: 4,
          padding: "6px 8px",
          overflowWrap: "anywhere",
          whiteSpace: "pre-wrap",
        }}
      >
        {text}
      </code>
      <CopyButton value={text} timeout={1_500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : "Copy"}>
            <ActionIcon variant="default" onClick={copy} aria-label={`Copy ${label}`} size="lg">
              {copied ? "✓" : "⧉"}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
