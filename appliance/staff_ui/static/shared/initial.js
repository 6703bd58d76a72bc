/**
 * The first of what a reader takes for one character: a letter with its accents, a whole emoji.
 * @param {string} name
 * @param {string} language In which it is read.
 */
export function initial(name, language) {
  if (!("Segmenter" in Intl)) return [...name][0] ?? ""; // Safari before 14.1.
  const segmenter = new /** @type {any} */ (Intl).Segmenter(language);
  for (const { segment } of segmenter.segment(name)) return segment;
  return "";
}
