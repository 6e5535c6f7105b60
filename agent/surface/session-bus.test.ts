import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { closedResource, openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { Queue } from "../../test/fakes/queue.ts";
import { openNotices } from "./desktop-notices.ts";
import { faceOf } from "./face.ts";
import { type MenuAction, menuOf } from "./menu.ts";
import {
  openSessionBus,
  type OfferedInterface,
  type SessionBus,
  type Wire,
} from "./session-bus.ts";
import { openSessionDesktop } from "./session-desktop.ts";
import { offerTrayItem } from "./tray-item.ts";

const program = "/usr/bin/dbus-daemon";
const watcher = "org.kde.StatusNotifierWatcher";

let directory = "";
let daemon: ChildProcess | null = null;
let address: string;
const open: SessionBus[] = [];

/** A bus of its own, with no service files: whatever answers on it, the test has put there. */
const configuration = (folder: string) => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${folder}/bus</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;

/** What keeps a bus from running here, or null. */
function whyNot(): string | null {
  if (!existsSync(program)) return "needs dbus-daemon";
  try {
    userInfo();
    return null;
  } catch {
    return "dbus-daemon lets in only users that have an account";
  }
}

describe("on a real bus", () => {
  beforeEach(async ({ skip }) => {
    const lack = whyNot();
    if (lack !== null) skip(lack);
    directory = mkdtempSync(join(tmpdir(), "sallyport-"));
    const file = join(directory, "bus.conf");
    writeFileSync(file, configuration(directory));
    daemon = spawn(program, [`--config-file=${file}`, "--nofork", "--print-address"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    address = await new Promise<string>((resolve) => {
      daemon?.stdout?.once("data", (bytes: Buffer) => resolve(bytes.toString().trim()));
    });
  });
  afterEach(() => {
    for (const bus of open.splice(0)) bus.close();
    daemon?.kill();
    if (directory !== "") rmSync(directory, { recursive: true });
    directory = "";
  });

  async function enter(): Promise<SessionBus> {
    const bus = await openSessionBus(address);
    open.push(bus);
    return bus;
  }

  async function own(bus: SessionBus, name: string, path: string, calls: Queue<Call>) {
    const offered: OfferedInterface = {
      name,
      xml: "",
      call: (member, body) => {
        calls.push({ member, body });
        return member === "Notify" ? { signature: "u", body: [7] } : { signature: "", body: [] };
      },
      properties: () => ({}),
    };
    bus.offer(path, [offered]);
    await ask(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", {
      member: "org.freedesktop.DBus.RequestName",
      signature: "su",
      body: [name, 0],
    });
  }

  test("a panel finds the icon with its properties, its menu, and hears what changes", async () => {
    const [panel, ours] = [await enter(), await enter()];
    const registered = new Queue<Call>();
    await own(panel, watcher, "/StatusNotifierWatcher", registered);
    const chosen = new Queue<MenuAction>();
    const item = offerTrayItem(ours, chosen.push);
    const healthy = statusOf("connected", [openResource("wiki")]);
    item.show(faceOf(healthy), menuOf(healthy));
    await item.register();
    const { member, body } = await registered.next();
    expect(member).toBe("RegisterStatusNotifierItem");
    const itemName = String(body[0]);
    expect(itemName).toBe(ours.name);

    const property = async (name: string): Promise<unknown> => {
      const [value] = await ask(panel, itemName, "/StatusNotifierItem", {
        member: "org.freedesktop.DBus.Properties.Get",
        signature: "ss",
        body: ["org.kde.StatusNotifierItem", name],
      });
      return (value as [unknown, unknown[]])[1][0];
    };
    expect(await property("Status")).toBe("Active");
    const pixels = (await property("IconPixmap")) as [number, number, Buffer][];
    expect(pixels.map(([width, height, bytes]) => [width, height, bytes.length])).toEqual([
      [22, 22, 1_936],
      [32, 32, 4_096],
      [48, 48, 9_216],
    ]);
    expect(await property("ToolTip")).toMatchObject([
      "",
      [],
      "Sallyport",
      "Protected: 1 of 1 resources open",
    ]);

    const menu = "com.canonical.dbusmenu";
    const layout = () =>
      ask(panel, itemName, "/MenuBar", {
        member: `${menu}.GetLayout`,
        signature: "iias",
        body: [0, -1, []],
      });
    const labels = JSON.stringify(await layout());
    expect(labels).toContain("Protected: 1 of 1 resources open");
    expect(labels).toContain("wiki: open");

    const changed = new Queue<readonly unknown[]>();
    await panel.listen(`${menu}.LayoutUpdated`, changed.push);
    const partly = statusOf("narrowed", [closedResource("wiki")]);
    item.show(faceOf(partly), menuOf(partly));
    expect((await changed.next())[0]).toBe(3);
    expect(await property("Status")).toBe("NeedsAttention");
    expect(JSON.stringify(await layout())).toContain("1 blocked: wiki");

    item.show(faceOf(partly), []);
    expect(await property("Status")).toBe("Passive");
    item.show(faceOf(partly), menuOf(partly));

    // Panels send clicks alone or many at once; a greyed line does nothing.
    const event = ["i", 0] as const;
    await ask(panel, itemName, "/MenuBar", {
      member: `${menu}.Event`,
      signature: "isvu",
      body: [4, "clicked", event, 0],
    });
    await ask(panel, itemName, "/MenuBar", {
      member: `${menu}.EventGroup`,
      signature: "a(isvu)",
      body: [
        [
          [2, "hovered", event, 0],
          [2, "clicked", event, 0],
          [77, "clicked", event, 0],
        ],
      ],
    });
    expect([await chosen.next(), await chosen.next()]).toEqual([
      { kind: "recheck" },
      { kind: "open", part: "blocked" },
    ]);
    expect(chosen.rest).toEqual([]);
  });

  test("Attack: a panel that takes markup is handed text, and no NUL ends the connection", async () => {
    const [panel, ours] = [await enter(), await enter()];
    const item = offerTrayItem(ours, () => undefined);
    const name = `<img src="file:///etc/passwd">\u0000\u202e & ${"x".repeat(10_000)}`;
    const status = statusOf("narrowed", [closedResource(name)]);
    item.show(faceOf(status), menuOf(status));
    const [value] = await ask(panel, ours.name, "/StatusNotifierItem", {
      member: "org.freedesktop.DBus.Properties.Get",
      signature: "ss",
      body: ["org.kde.StatusNotifierItem", "ToolTip"],
    });
    const tip = String((value as [unknown, unknown[][]])[1][0]?.[3]);
    expect(tip).toContain('1 blocked: &lt;img src="file:///etc/passwd">\u{fffd}\u{fffd} &amp; xxx');
    expect(tip.length).toBeLessThan(300);
  });

  test("without a panel it says so; what is not there is refused", async () => {
    const [asker, ours] = [await enter(), await enter()];
    const item = offerTrayItem(ours, () => undefined);
    await expect(item.register()).rejects.toThrow(/ServiceUnknown|was not provided/);
    const unknown = (member: string, signature: string, body: readonly Wire[]) =>
      ask(asker, ours.name, "/StatusNotifierItem", { member, signature, body });
    await expect(unknown("org.kde.StatusNotifierItem.Explode", "", [])).rejects.toThrow(/Unknown/);
    const get = "org.freedesktop.DBus.Properties.Get";
    await expect(unknown(get, "ss", ["org.kde.StatusNotifierItem", "Fnord"])).rejects.toThrow();
    const [xml] = await unknown("org.freedesktop.DBus.Introspectable.Introspect", "", []);
    expect(xml).toContain('<property name="IconPixmap"');
  });

  test("a notice reaches the desktop as text, and is no trouble where nobody shows it", async () => {
    const notices = await openNotices(await enter(), () => undefined);
    const notice = { cause: "broken", title: "Blocked", body: "a <b> & c", stays: true };
    expect(await notices.show(notice)).toBe(false);
    const desktop = await enter();
    const calls = new Queue<Call>();
    await own(desktop, "org.freedesktop.Notifications", "/org/freedesktop/Notifications", calls);
    expect(await notices.show(notice)).toBe(true);
    const { body } = await calls.next();
    expect(body.slice(3, 5)).toEqual(["Blocked", "a &lt;b> &amp; c"]);
  });

  test("a desktop that shows no icons says so once, and gets every notice", async () => {
    vi.stubEnv("XDG_STATE_HOME", join(directory, "state"));
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const calls = new Queue<Call>();
    const path = "/org/freedesktop/Notifications";
    await own(await enter(), "org.freedesktop.Notifications", path, calls);
    for (const titles of [["This desktop shows no tray icons"], []]) {
      const desktop = await openSessionDesktop(await enter(), () => undefined);
      desktop.tell({ cause: "a", title: "db-prod is blocked", body: "", stays: true });
      for (const title of [...titles, "db-prod is blocked"]) {
        expect((await calls.next()).body[3]).toBe(title);
      }
      desktop.close();
    }
    expect(calls.rest).toEqual([]);
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test("a warning before the sign-in ends has a button that signs in", async () => {
    const [ours, desktop] = [await enter(), await enter()];
    const calls = new Queue<Call>();
    const path = "/org/freedesktop/Notifications";
    await own(desktop, "org.freedesktop.Notifications", path, calls);
    const pressed = new Queue<readonly [string, string]>();
    const notices = await openNotices(ours, (...heard) => pressed.push(heard));
    const words = { title: "Sign in to keep access", body: "", stays: true };
    await notices.show({ cause: "sign-in", offers: "signIn", ...words });
    const { body } = await calls.next();
    expect(body[5]).toEqual(["signIn", "Sign in", "later", "Later"]);
    // A desktop may tell of the notices of other programs, too.
    const told = [
      [7, "fnord"],
      [6, "default"],
      [7, "signIn"],
    ] as const;
    for (const body of told) {
      const results = { signature: "us", body };
      desktop.signal(path, "org.freedesktop.Notifications.ActionInvoked", results);
    }
    expect(await pressed.next()).toEqual(["signIn", "sign-in"]);
    expect(pressed.rest).toEqual([]);
  });

  test("what is over closes the notice that was shown of it, once", async () => {
    const calls = new Queue<Call>();
    const path = "/org/freedesktop/Notifications";
    await own(await enter(), "org.freedesktop.Notifications", path, calls);
    const notices = await openNotices(await enter(), () => undefined);
    const words = { title: "db-prod is blocked", body: "", stays: true };
    const shown = notices.show({ cause: "blocked", ...words });
    await notices.withdraw("blocked");
    await notices.withdraw("blocked");
    await notices.show({ cause: "another", ...words });
    const seen = [await calls.next(), await calls.next(), await calls.next()];
    expect(seen.map(({ member }) => member)).toEqual(["Notify", "CloseNotification", "Notify"]);
    expect(seen[1]?.body).toEqual([7]);
    expect(await shown).toBe(true);
  });

  test("a name is for one connection, until that is gone", async () => {
    const [first, second] = [await enter(), await enter()];
    expect(await first.own("dev.sallyport.Tray")).toBe(true);
    expect(await second.own("dev.sallyport.Tray")).toBe(false);
    first.close();
    await first.ended;
    await vi.waitUntil(() => second.own("dev.sallyport.Tray"), { timeout: 30_000 });
  });

  test("a bus that goes away ends what waits", async () => {
    const ours = await enter();
    daemon?.kill();
    await ours.ended;
  });
});

interface Call {
  readonly member: string;
  readonly body: readonly unknown[];
}

function ask(
  bus: SessionBus,
  to: string,
  path: string,
  call: { readonly member: string; readonly signature: string; readonly body: readonly Wire[] },
): Promise<readonly unknown[]> {
  const at = call.member.lastIndexOf(".");
  return bus.call({
    to,
    path,
    interface: call.member.slice(0, at),
    member: call.member.slice(at + 1),
    signature: call.signature,
    body: call.body,
  });
}
