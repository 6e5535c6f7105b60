/** Judges what the maker wrote into a PC. */
import { notParsed } from "#shared/posture/reading.ts";
import { judgeHardware } from "../hardware.ts";
import type { HardwareReadings } from "../hardware.ts";
import { asObject, member, textMember } from "../json-shape.ts";

/** Judges `{ Vendor, Model, Serials: [text] }`. */
export function judgeWindowsHardware(answer: unknown): HardwareReadings {
  const serials = member(answer, "Serials");
  if (asObject(answer) === null || !Array.isArray(serials)) {
    return { vendor: notParsed, model: notParsed, serials: notParsed };
  }
  return judgeHardware({
    vendor: textMember(answer, "Vendor") ?? null,
    model: textMember(answer, "Model") ?? null,
    serials: serials.map((serial: unknown) => (typeof serial === "string" ? serial : null)),
    denied: false,
  });
}
