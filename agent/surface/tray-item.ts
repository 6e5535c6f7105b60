/** The icon in the panel: org.kde.StatusNotifierItem and the menu that goes with it. */
import { prose } from "../cli/output.ts";
import { iconOf } from "./icon.ts";
import type { Face } from "./face.ts";
import { lineOf, type MenuAction, type MenuLine } from "./menu.ts";
import type { OfferedInterface, Results, SessionBus, Wire } from "./session-bus.ts";

/** An icon in the panel. */
export interface TrayItem {
  /** Without a menu there is nothing to see: the panel hides the icon. */
  show(face: Face, menu: readonly MenuLine[]): void;
  /** Asks the panel to show it; rejects where there is none that can. */
  register(): Promise<void>;
}

const itemPath = "/StatusNotifierItem";
const menuPath = "/MenuBar";
const itemInterface = "org.kde.StatusNotifierItem";
const menuInterface = "com.canonical.dbusmenu";
const watcher = "org.kde.StatusNotifierWatcher";
const iconSizes = [22, 32, 48];
const tipMax = 200;
const none: Results = { signature: "", body: [] };

/** Offers an icon on the bus; `chosen` hears what was clicked. */
export function offerTrayItem(bus: SessionBus, chosen: (action: MenuAction) => void): TrayItem {
  let face: Face = { kind: "broken", line: "Protection is NOT working", urgent: true };
  let menu: readonly MenuLine[] = [];
  let revision = 1;
  const click = (id: number): void => {
    const line = lineOf(menu, id);
    if (line?.enabled === true) chosen(line.action);
  };
  bus.offer(itemPath, [itemOf(() => ({ face, menu }), chosen)]);
  bus.offer(menuPath, [menuObject({ menu: () => menu, revision: () => revision, click })]);
  return {
    show: (newFace, newMenu) => {
      const sameMenu = JSON.stringify(newMenu) === JSON.stringify(menu);
      face = newFace;
      menu = newMenu;
      for (const part of ["Icon", "ToolTip", "Title"]) {
        bus.signal(itemPath, `${itemInterface}.New${part}`);
      }
      const body = [statusOf(face, menu)];
      bus.signal(itemPath, `${itemInterface}.NewStatus`, { signature: "s", body });
      if (sameMenu) return;
      revision += 1;
      const updated = { signature: "ui", body: [revision, 0] };
      bus.signal(menuPath, `${menuInterface}.LayoutUpdated`, updated);
    },
    register: async () => {
      await bus.call({
        to: watcher,
        path: "/StatusNotifierWatcher",
        interface: watcher,
        member: "RegisterStatusNotifierItem",
        signature: "s",
        body: [bus.name],
      });
    },
  };
}

function statusOf({ urgent }: Face, menu: readonly MenuLine[]): string {
  if (menu.length === 0) return "Passive";
  return urgent ? "NeedsAttention" : "Active";
}

/** Panels take markup in it, and a NUL would end our connection; what is long is on the page. */
function tipOf(line: string): string {
  const text = prose(line).slice(0, tipMax).toWellFormed();
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

interface Shown {
  readonly face: Face;
  readonly menu: readonly MenuLine[];
}

function itemOf(shown: () => Shown, chosen: (action: MenuAction) => void): OfferedInterface {
  return {
    name: itemInterface,
    xml: itemXml,
    call: (member) => {
      if (member === "Activate" || member === "SecondaryActivate") {
        chosen({ kind: "open", part: "state" });
        return none;
      }
      return member === "ContextMenu" || member === "Scroll" ? none : null;
    },
    properties: () => {
      const { face, menu } = shown();
      const { kind, line } = face;
      const pixels: Wire = iconSizes.map((size) => [size, size, iconOf(kind, size)]);
      return {
        Category: ["s", "SystemServices"],
        Id: ["s", "sallyport"],
        Title: ["s", "Sallyport"],
        Status: ["s", statusOf(face, menu)],
        WindowId: ["i", 0],
        IconName: ["s", ""],
        IconPixmap: ["a(iiay)", pixels],
        AttentionIconName: ["s", ""],
        AttentionIconPixmap: ["a(iiay)", pixels],
        OverlayIconName: ["s", ""],
        ToolTip: ["(sa(iiay)ss)", ["", [], "Sallyport", tipOf(line)]],
        ItemIsMenu: ["b", false],
        Menu: ["o", menuPath],
      };
    },
  };
}

interface MenuParts {
  readonly menu: () => readonly MenuLine[];
  readonly revision: () => number;
  readonly click: (id: number) => void;
}

function menuObject({ menu, revision, click }: MenuParts): OfferedInterface {
  const root = (): MenuLine => ({
    id: 0,
    label: "",
    enabled: true,
    action: { kind: "none" },
    children: menu(),
  });
  return {
    name: menuInterface,
    xml: menuXml,
    call: (member, body) => {
      switch (member) {
        case "GetLayout": {
          const line = Number(body[0]) === 0 ? root() : (lineOf(menu(), Number(body[0])) ?? root());
          return { signature: "u(ia{sv}av)", body: [revision(), layoutOf(line)] };
        }
        case "GetGroupProperties": {
          const ids = new Set((body[0] as readonly number[]).map(Number));
          const lines = flat([root()]).filter(({ id }) => ids.size === 0 || ids.has(id));
          const shown = lines.map((line) => [line.id, propertiesOf(line)]);
          return { signature: "a(ia{sv})", body: [shown] };
        }
        case "Event":
          if (body[1] === "clicked") click(Number(body[0]));
          return none;
        case "EventGroup":
          for (const [id, kind] of body[0] as readonly (readonly unknown[])[]) {
            if (kind === "clicked") click(Number(id));
          }
          return { signature: "ai", body: [[]] };
        case "AboutToShow":
          return { signature: "b", body: [false] };
        case "AboutToShowGroup":
          return { signature: "aiai", body: [[], []] };
        default:
          return null;
      }
    },
    properties: () => ({
      Version: ["u", 3],
      TextDirection: ["s", "ltr"],
      Status: ["s", "normal"],
      IconThemePath: ["as", []],
    }),
  };
}

function layoutOf(line: MenuLine): Wire {
  const children = line.children.map((child): Wire => ["(ia{sv}av)", layoutOf(child)]);
  return [line.id, propertiesOf(line), children];
}

function propertiesOf({ label, enabled, children }: MenuLine): Wire {
  const sub: Wire = children.length === 0 ? [] : [["children-display", ["s", "submenu"]]];
  // An underscore would mark a key.
  const shown = label.replaceAll("_", "__");
  return [["label", ["s", shown]], ["enabled", ["b", enabled]], ...sub];
}

function flat(lines: readonly MenuLine[]): readonly MenuLine[] {
  return lines.flatMap((line) => [line, ...flat(line.children)]);
}

const itemXml = `<interface name="${itemInterface}">
<property name="Category" type="s" access="read"/><property name="Id" type="s" access="read"/>
<property name="Title" type="s" access="read"/><property name="Status" type="s" access="read"/>
<property name="WindowId" type="i" access="read"/><property name="IconName" type="s" access="read"/>
<property name="IconPixmap" type="a(iiay)" access="read"/>
<property name="AttentionIconName" type="s" access="read"/>
<property name="AttentionIconPixmap" type="a(iiay)" access="read"/>
<property name="OverlayIconName" type="s" access="read"/>
<property name="ToolTip" type="(sa(iiay)ss)" access="read"/>
<property name="ItemIsMenu" type="b" access="read"/><property name="Menu" type="o" access="read"/>
<method name="Activate"><arg type="i" direction="in"/><arg type="i" direction="in"/></method>
<method name="SecondaryActivate"><arg type="i" direction="in"/><arg type="i" direction="in"/></method>
<method name="ContextMenu"><arg type="i" direction="in"/><arg type="i" direction="in"/></method>
<method name="Scroll"><arg type="i" direction="in"/><arg type="s" direction="in"/></method>
<signal name="NewTitle"/><signal name="NewIcon"/><signal name="NewToolTip"/>
<signal name="NewStatus"><arg type="s"/></signal></interface>`;

const menuXml = `<interface name="${menuInterface}">
<property name="Version" type="u" access="read"/><property name="TextDirection" type="s" access="read"/>
<property name="Status" type="s" access="read"/><property name="IconThemePath" type="as" access="read"/>
<method name="GetLayout"><arg type="i" direction="in"/><arg type="i" direction="in"/>
<arg type="as" direction="in"/><arg type="u" direction="out"/><arg type="(ia{sv}av)" direction="out"/></method>
<method name="GetGroupProperties"><arg type="ai" direction="in"/><arg type="as" direction="in"/>
<arg type="a(ia{sv})" direction="out"/></method>
<method name="Event"><arg type="i" direction="in"/><arg type="s" direction="in"/>
<arg type="v" direction="in"/><arg type="u" direction="in"/></method>
<method name="EventGroup"><arg type="a(isvu)" direction="in"/><arg type="ai" direction="out"/></method>
<method name="AboutToShow"><arg type="i" direction="in"/><arg type="b" direction="out"/></method>
<method name="AboutToShowGroup"><arg type="ai" direction="in"/><arg type="ai" direction="out"/>
<arg type="ai" direction="out"/></method>
<signal name="LayoutUpdated"><arg type="u"/><arg type="i"/></signal></interface>`;
