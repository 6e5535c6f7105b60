/** Reads a Mac's serial number. */
import { textMember } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

/** Reads the serial number of `ioreg -rd1 -c IOPlatformExpertDevice -a`: a list with one device. */
export function readMacSerial(plist: string): string | null {
  const list = parsePlist(plist);
  return textMember(Array.isArray(list) ? list[0] : undefined, "IOPlatformSerialNumber") ?? null;
}
