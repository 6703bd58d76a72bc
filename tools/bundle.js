/**
 * One script and one style sheet per page, written so that phones of the last seven years read
 * them. A kiosk on a slow processor pays for each file that a page loads, and its sources are some
 * thirty.
 *
 * esbuild lowers the language of the scripts, Lightning CSS that of the styles. Neither adds what a
 * browser's library lacks: `tests/browser/test_older_phones.py` runs the pages without it.
 */

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { browserslistToTargets, transform } from "lightningcss";
import { older } from "./older_styles.js";

const kiosk = "appliance/kiosk_ui/static";
const staff = "appliance/staff_ui/static";
const simulator = "appliance/peripherals/simulator/static";
const common = "appliance/web_common/static";

/** Phones as they were sold at the end of 2019. */
const BROWSERS = { chrome: 78, safari: 13, ios_saf: 13, samsung: 11, firefox: 70 };
const SYNTAX = ["chrome75", "safari13", "ios13", "firefox70"]; // Samsung's 11 is Chrome's 75.

const SCRIPTS = {
  kiosk: `${kiosk}/kiosk.js`,
  board: `${kiosk}/board.js`,
  preview: `${kiosk}/preview.js`,
  ticket: `${kiosk}/ticket.js`,
  enroll: `${kiosk}/enroll.js`,
  login: `${staff}/login.js`,
  setup: `${staff}/setup.js`,
  therapist: `${staff}/therapist.js`,
  cashier: `${staff}/cashier.js`,
  manager: `${staff}/manager.js`,
  "manager-devices": `${staff}/manager/devices.js`,
  "manager-history": `${staff}/manager/history.js`,
  "manager-money": `${staff}/manager/money.js`,
  "manager-menu": `${staff}/manager/menu.js`,
  "manager-people": `${staff}/manager/people.js`,
  "manager-rooms": `${staff}/manager/rooms.js`,
  simulator: `${simulator}/simulator.js`,
  demo: `${common}/demo.js`,
};
const STYLES = {
  kiosk: `${kiosk}/kiosk/index.css`,
  board: `${kiosk}/board.css`,
  ticket: `${kiosk}/ticket.css`,
  enroll: `${kiosk}/enroll.css`,
  setup_code: `${kiosk}/setup_code.css`,
  login: `${staff}/login.css`,
  therapist: `${staff}/therapist.css`,
  cashier: `${staff}/cashier.css`,
  manager: `${staff}/manager.css`,
  simulator: `${simulator}/simulator.css`,
  demo: `${common}/demo.css`,
};

/**
 * A page starts once its language is there. `await` at the top of a module would say so in one
 * word, but browsers before 2021 do not know it there.
 * @type {import("esbuild").Plugin}
 */
const pageStartsInItsLanguage = {
  name: "page starts in its language",
  setup(bundler) {
    bundler.onResolve({ filter: /^page:/ }, ({ path: page }) => ({
      path: page.slice("page:".length),
      namespace: "page",
    }));
    bundler.onLoad({ filter: /.*/, namespace: "page" }, ({ path: page }) => ({
      contents: [
        `import { ready } from "/static/common/i18n.js";`,
        `void ready.then(() => import(${JSON.stringify(`./${page}`)}));`,
      ].join("\n"),
      resolveDir: process.cwd(),
    }));
  },
};

/** @param {string} folder @param {Record<string, string>} entryPoints @param {string[]} target */
const bundle = (folder, entryPoints, target) =>
  build({
    entryPoints,
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    charset: "utf8",
    target,
    // Safari before 14 has it, but for a corner of it that esbuild counts (WebKit bug 211050).
    supported: { destructuring: true },
    tsconfig: "tsconfig.bundles.json",
    logLevel: "warning",
    logLimit: 5,
    plugins: [pageStartsInItsLanguage],
  });

/** @param {string} file */
async function lower(file) {
  const { code, warnings } = transform({
    filename: file,
    code: await readFile(file),
    minify: true,
    targets: browserslistToTargets(
      Object.entries(BROWSERS).map(([name, version]) => `${name} ${version}`),
    ),
    visitor: { StyleSheet: older },
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ message }) => message).join("\n"));
  await writeFile(file, code);
}

const folder = process.argv[2];
if (!folder) throw new Error("usage: node tools/bundle.js FOLDER");
const pages = Object.entries(SCRIPTS).map(([name, file]) => [name, `page:${file}`]);
await bundle(folder, Object.fromEntries(pages), SYNTAX);
await bundle(folder, STYLES, ["esnext"]);
await Promise.all(Object.keys(STYLES).map((name) => lower(path.join(folder, `${name}.css`))));
