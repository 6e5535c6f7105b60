/** Looks for what says that the system is updated as one image. */
import type { ImageSigns } from "../../../core/posture/linux/package-tool.ts";
import { isThere } from "../read-file.ts";

/** Returns which of the signs are there. */
export async function imageSigns(): Promise<ImageSigns> {
  const [ostree, transactional] = await Promise.all([
    isThere("/run/ostree-booted"),
    isThere("/usr/sbin/transactional-update"),
  ]);
  return { ostree, transactional };
}
