/**
 * The sentences that scripts show: prints a JSON list of [file, line, function, arguments] for each
 * call of `t`, `tn` or `N_` in the files named on the command line. A real parser, because these
 * calls stand inside nested template literals.
 */

import { readFileSync } from "node:fs";
import * as espree from "espree";

/** How many leading arguments are sentences. */
const KEYWORDS = { t: 1, tn: 2, N_: 1 };

const found = [];

/**
 * A sentence written out, also over several lines with +.
 * @returns {string | null} Null for anything that is known only at run time.
 */
function constant(node) {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0].value.cooked;
  }
  if (node?.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [constant(node.left), constant(node.right)];
    return left === null || right === null ? null : left + right;
  }
  return null;
}

function walk(node, file) {
  if (Array.isArray(node)) {
    for (const each of node) walk(each, file);
  } else if (node && typeof node.type === "string") {
    const count = node.type === "CallExpression" ? KEYWORDS[node.callee.name] : undefined;
    if (count) {
      const sentences = node.arguments.slice(0, count).map(constant);
      found.push([file, node.loc.start.line, node.callee.name, sentences]);
    }
    for (const value of Object.values(node)) {
      if (typeof value === "object") walk(value, file);
    }
  }
}

for (const file of process.argv.slice(2)) {
  const source = readFileSync(file, "utf8");
  walk(espree.parse(source, { ecmaVersion: 2023, sourceType: "module", loc: true }).body, file);
}
process.stdout.write(JSON.stringify(found));
