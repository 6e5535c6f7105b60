import {
  Button,
  Menu,
  TextInput,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import { Link, useLocation } from "wouter";
import { overview as overviewSchema } from "#shared/protocol/api/overview.ts";
import { signedOut } from "#shared/protocol/api/session.ts";
import { ask, isSignedOut } from "./live/api.ts";
import { draftKey } from "./live/query-keys.ts";
import { useSession } from "./live/session.tsx";
import type { LiveState } from "./live/stream.ts";
import { At } from "./parts/age.tsx";
import { KeyList } from "./parts/key-list.tsx";
import { LastStepShown } from "./parts/last-step.tsx";
import { Mark } from "./parts/mark.tsx";
import { Refusal } from "./parts/panel.tsx";
import { Brand, PlaceIcon } from "./parts/place-icon.tsx";
import { isReference } from "./text/words.ts";

const places = [
  [
    "Watch",
    ["/", "Overview"],
    ["/approvals", "Approvals"],
    ["/decisions", "Decisions"],
    ["/audit", "Audit"],
  ],
  ["Fleet", ["/devices", "Devices"], ["/users", "Users & groups"], ["/enrolment", "Enrolment"]],
  [
    "Access",
    ["/policies", "Policies"],
    ["/explorer", "Explorer"],
    ["/resources", "Resources"],
    ["/gateways", "Gateways & sites"],
  ],
  ["Organisation", ["/admins", "Administrators"], ["/settings", "Settings"]],
] as const;

/** The frame of every page: where one is, whether it is live, who one is. */
export function Shell(props: {
  readonly live: LiveState;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="frame">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <SideBar />
      <div style={{ minWidth: 0 }}>
        <TopBar live={props.live} />
        <main
          id="content"
          tabIndex={-1}
          style={{ padding: "16px 20px", display: "flex", flexDirection: "column", gap: 14 }}
        >
          {props.children}
        </main>
        <LastStepShown />
        <KeyList />
      </div>
    </div>
  );
}

function SideBar(): ReactNode {
  const [location] = useLocation();
  const overview = useQuery({
    queryKey: ["overview"],
    queryFn: () => ask("GET /overview", overviewSchema),
  });
  const waiting = overview.data?.waiting;
  const badges: Readonly<Record<string, number>> = {
    "/approvals": waiting === undefined ? 0 : waiting.approvals + waiting.requests,
    "/policies": typeof overview.data?.waiting.policyChange === "number" ? 1 : 0,
  };
  const here = (path: string) => (path === "/" ? location === path : location.startsWith(path));
  return (
    <nav aria-label="Pages" className="side">
      <div style={{ fontWeight: 700, fontSize: 16, padding: "2px 10px 4px" }}>
        <Brand />
      </div>
      {places.map(([group, ...links]) => (
        <div key={group}>
          <div className="side-head">{group}</div>
          {links.map(([path, title]) => (
            <Link
              key={path}
              href={path}
              className="side-link"
              aria-current={here(path) ? "page" : undefined}
            >
              <PlaceIcon path={path} />
              {title}
              {(badges[path] ?? 0) > 0 ? (
                <span className="badge" aria-label="needs you">
                  {badges[path]}
                </span>
              ) : null}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

function TopBar({ live }: { readonly live: LiveState }): ReactNode {
  return (
    <header className="top">
      <Find />
      <span className="live" role="status">
        <LiveMark live={live} />
      </span>
      <Person />
    </header>
  );
}

function LiveMark({ live }: { readonly live: LiveState }): ReactNode {
  if (live.kind === "live") return <Mark tone="met" word="Live" />;
  if (live.kind === "connecting") return <Mark tone="unknown" word="Connecting" />;
  return (
    <>
      <Mark tone="grace" word="Paused" /> data from <At at={new Date(live.heardAt).toISOString()} />
    </>
  );
}

/** A pasted reference opens its decision; anything else is looked for among devices. */
function Find(): ReactNode {
  const [, go] = useLocation();
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = field.current?.value.trim() ?? "";
        if (text === "") return;
        const decision = isReference(text) || text.startsWith("dec_");
        const word = encodeURIComponent(text);
        if (field.current !== null) field.current.value = "";
        go(decision ? `/decisions/${word}` : `/devices?search=${word}`);
      }}
    >
      <TextInput
        ref={field}
        size="xs"
        w="min(320px, 60vw)"
        data-find
        aria-label="Find a device, or paste a reference"
        placeholder="Find a device, or paste a reference (Ctrl+K)"
      />
    </form>
  );
}

function Person(): ReactNode {
  const { admin, role, trustDomain, version } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme() === "dark";
  const queries = useQueryClient();
  const toSignIn = () => {
    queries.removeQueries({ queryKey: draftKey });
    location.assign("/");
  };
  const leave = useMutation({
    mutationFn: () => ask("POST /session/end", signedOut),
    onSuccess: toSignIn,
    onError: (error) => {
      if (isSignedOut(error)) toSignIn();
    },
  });
  const signOut = () => {
    const kept = queries.getQueryData(draftKey) === undefined;
    if (kept || window.confirm("What you wrote of the policy set is lost. Sign out?")) {
      leave.mutate();
    }
  };
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button size="xs" variant="default">
          {admin} · {role}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {trustDomain} · version {version}
        </Menu.Label>
        <Menu.Item onClick={() => setColorScheme(dark ? "light" : "dark")}>
          {dark ? "Light colours" : "Dark colours"}
        </Menu.Item>
        <Menu.Item closeMenuOnClick={false} onClick={signOut}>
          Sign out
        </Menu.Item>
        {leave.error === null ? null : <Refusal error={leave.error} step />}
      </Menu.Dropdown>
    </Menu>
  );
}
