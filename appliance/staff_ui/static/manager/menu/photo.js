/** A photo on its way from a phone or a computer to the server. */

import { boot } from "/static/common/boot.js";
import { exchange } from "/static/common/http.js";
import { t } from "/static/common/i18n.js";

/** @typedef {import("/static/common/types.js").Answer} Answer */

/** What the server takes; its own word counts, this only saves the way. */
const MAX_BYTES = 5 * 1024 * 1024;
const SIDE = 2000;
const TIMEOUT_MS = 60_000;

/**
 * Uploads a photo; one from a phone's camera is made smaller first.
 * @param {File} file
 * @returns {Promise<Answer>} With `photo` and `photo_url`. Never rejects.
 */
export async function upload(file) {
  const body = file.size > MAX_BYTES ? await smaller(file) : file;
  if (!body || body.size > MAX_BYTES) {
    return {
      ok: false,
      code: "validation_failed",
      error: t("This photo is too large. Make it smaller and try again."),
    };
  }
  return exchange(
    "/api/manager/photos",
    {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/octet-stream",
        "X-CSRFToken": boot.csrf_token,
      },
      body,
    },
    TIMEOUT_MS,
  );
}

/**
 * @param {File} file
 * @returns {Promise<Blob | null>} Null where this browser cannot.
 */
async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || !("createImageBitmap" in window)) return null;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  } catch {
    return null;
  }
}
