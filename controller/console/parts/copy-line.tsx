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
              <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true">
                <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round">
                  {copied ? (
                    <path d="M3 8.5 6.5 12 13 4.5" />
                  ) : (
                    <>
                      <rect x="5.5" y="5.5" width="8" height="8" rx="1.2" />
                      <path d="M10.5 5.5 V2.5 H2.5 V10.5 H5.5" />
                    </>
                  )}
                </g>
              </svg>
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
