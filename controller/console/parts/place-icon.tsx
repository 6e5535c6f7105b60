import type { ReactNode } from "react";

/** Strokes of 16 by 16, one shape a page of the console. */
const paths: Readonly<Record<string, string>> = {
  "/": "M2 9 L8 3 L14 9 M4 8 V13.5 H12 V8",
  "/approvals": "M2.5 3 H13.5 V13 H2.5 Z M5 8 L7.2 10.2 L11 5.8",
  "/decisions": "M8 2 V14 M3 5 H13 M3 5 L1.5 9 H4.5 Z M13 5 L11.5 9 H14.5 Z",
  "/audit": "M3.5 2 H10.5 L13 4.5 V14 H3.5 Z M5.5 7 H11 M5.5 9.5 H11 M5.5 12 H9",
  "/devices": "M3 3.5 H13 V10.5 H3 Z M1.5 13 H14.5",
  "/users":
    "M6 7.5 A2.6 2.6 0 1 0 6 2.3 A2.6 2.6 0 0 0 6 7.5 M1.5 13.5 Q1.5 9.5 6 9.5 Q10.5 9.5 10.5 13.5 M10.8 2.8 A2.4 2.4 0 0 1 10.8 7.2 M12 9.8 Q14.5 10.4 14.5 13.5",
  "/enrolment": "M5 11 A3 3 0 1 0 5 5 A3 3 0 0 0 5 11 M8 8 H14.5 M12 8 V11 M14.3 8 V10",
  "/policies": "M8 1.8 L13.5 4 V8 Q13.5 12 8 14.2 Q2.5 12 2.5 8 V4 Z M5.5 8 L7.3 9.8 L10.6 6",
  "/explorer":
    "M2.5 2.5 H13.5 V13.5 H2.5 Z M2.5 6.2 H13.5 M2.5 9.8 H13.5 M6.2 2.5 V13.5 M9.8 2.5 V13.5",
  "/resources":
    "M8 2 Q13.5 2 13.5 4 Q13.5 6 8 6 Q2.5 6 2.5 4 Q2.5 2 8 2 M2.5 4 V12 Q2.5 14 8 14 Q13.5 14 13.5 12 V4 M2.5 8 Q2.5 10 8 10 Q13.5 10 13.5 8",
  "/gateways": "M2 4 H14 M2 8 H14 M2 12 H14 M5 4 V8 M11 8 V12 M8 4 V12",
  "/admins":
    "M8 7.5 A2.8 2.8 0 1 0 8 1.9 A2.8 2.8 0 0 0 8 7.5 M2.5 14 Q2.5 9.7 8 9.7 Q13.5 9.7 13.5 14",
  "/settings": "M2 4.5 H9 M12 4.5 H14 M2 11.5 H4 M7 11.5 H14 M10.5 2.8 V6.2 M5.5 9.8 V13.2",
};

/** The shape beside a page's name; the name says it, so nothing is read aloud. */
export function PlaceIcon({ path }: { readonly path: string }): ReactNode {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" style={{ flex: "none" }}>
      <path
        d={paths[path] ?? "M8 6 A2 2 0 1 0 8 10 A2 2 0 0 0 8 6"}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** A gate with a way through. */
export function Brand(): ReactNode {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 8 }}>
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <rect width="20" height="20" rx="4.5" fill="var(--info)" />
        <path
          d="M4.5 15.5 V8.5 A5.5 5.5 0 0 1 15.5 8.5 V15.5 M10 6.5 V15.5 M7 12 H13"
          fill="none"
          stroke="var(--mantine-color-body)"
          strokeWidth="1.7"
          strokeLinecap="round"
        />
      </svg>
      Sallyport
    </span>
  );
}
