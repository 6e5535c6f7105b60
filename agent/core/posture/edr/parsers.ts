/** Parsers of status output by the names that the product catalogue uses. */
import type { StatusParser } from "#shared/posture/edr-product.ts";
import { readFalconMac } from "./falcon-stats.ts";
import type { Health } from "./health.ts";
import { readDefender, readElastic, readEset } from "./status-json.ts";
import {
  readBitdefender,
  readCarbonBlack,
  readCortex,
  readFalcon,
  readSentinelLinux,
  readSentinelMac,
  readSentinelWindows,
  readTrellix,
  readTrend,
} from "./status-text.ts";

/** What each parser name means; `now` is for those whose text has dates. */
export const statusParsers: Readonly<Record<StatusParser, (text: string, now: number) => Health>> =
  {
    bitdefender: readBitdefender,
    "carbon-black": readCarbonBlack,
    cortex: readCortex,
    defender: readDefender,
    elastic: readElastic,
    eset: readEset,
    falcon: readFalcon,
    "falcon-mac": readFalconMac,
    "sentinel-linux": readSentinelLinux,
    "sentinel-mac": readSentinelMac,
    "sentinel-windows": readSentinelWindows,
    trellix: readTrellix,
    trend: readTrend,
  };
