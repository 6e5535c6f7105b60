/** Judges BitLocker by the answers of its methods. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { integer } from "./answer.ts";

/** Judges BitLocker volumes by their methods' answers; suspended protection is not encryption. */
export function judgeBitLocker(answer: unknown): Reading {
  if (!Array.isArray(answer)) return notParsed;
  const volumes = answer.filter((volume: unknown) => integer(volume, "VolumeType") !== 2);
  if (volumes.length === 0) return noData;
  const states = volumes.map((volume: unknown) => ({
    protection: integer(volume, "ProtectionStatus"),
    conversion: integer(volume, "ConversionStatus"),
    percentage: integer(volume, "EncryptionPercentage"),
  }));
  const open = states.some(
    ({ protection, conversion, percentage }) =>
      protection === 0 ||
      (conversion !== null && conversion !== 1) ||
      (percentage !== null && percentage < 100),
  );
  if (open) return known(false);
  const whole = states.every(
    ({ protection, conversion, percentage }) =>
      protection === 1 && conversion === 1 && percentage === 100,
  );
  // Whatever else is encrypted, Windows' own volume has to be among what was told.
  const system = volumes.some((volume: unknown) => integer(volume, "VolumeType") === 0);
  return whole && system ? known(true) : noData;
}

/**
 * Judges the exit code of `manage-bde -status -protectionaserrorlevel C:`, which no language changes.
 * It knows one volume: 1 settles that not all are encrypted, 0 settles nothing.
 */
export function judgeManageBde(exitCode: number): Reading {
  return exitCode === 1 ? known(false) : noData;
}
