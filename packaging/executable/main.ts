/** What runs first in the packaged executable: it holds the program in parts and starts the first. */
import { getAsset, getAssetKeys, getRawAsset } from "node:sea";
import { openChunks } from "./chunks.ts";

const assets = new Set(getAssetKeys());

openChunks(
  {
    textOf: (name) => getAsset(name, "utf8"),
    cacheOf: (name) =>
      assets.has(`${name}.cache`) ? new Uint8Array(getRawAsset(`${name}.cache`)) : undefined,
  },
  () => undefined,
)("./main.cjs");
