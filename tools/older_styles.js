/**
 * What Lightning CSS does not lower, added to its style sheets: `dvh`, the short forms of logical
 * margins where they hold a variable, widths "less than" in media queries, and `gap` between the children of a flex container.
 */

/** @typedef {import("lightningcss").Rule} Rule */
/** @typedef {import("lightningcss").Declaration} Declaration */
/** @typedef {import("lightningcss").Selector} Selector */
/** @typedef {import("lightningcss").StyleSheet} StyleSheet */

/** @param {any} value A copy of it, with each `dvh` a `vh`. */
const inVh = (value) =>
  JSON.parse(JSON.stringify(value), (key, part) =>
    key === "unit" && part === "dvh" ? "vh" : part,
  );

/** @param {Declaration[]} declarations */
const withOlderHeights = (declarations) =>
  declarations.flatMap((each) =>
    JSON.stringify(each).includes('"dvh"') ? [inVh(each), each] : [each],
  );

/**
 * Calls back for each style rule of a sheet, with the conditions around it.
 * @param {Rule[]} rules
 * @param {(rule: Extract<Rule, {type: "style"}>, around: Rule[]) => void} tell
 * @param {Rule[]} around
 */
function eachStyle(rules, tell, around = []) {
  for (const rule of rules) {
    if (rule.type === "style") tell(rule, around);
    else if (rule.type === "media" || rule.type === "supports") {
      eachStyle(rule.value.rules, tell, [...around, rule]);
    }
  }
}

const SHORT = /^(padding|margin)-(inline|block)$/;

/**
 * `padding-inline: var(--a)` becomes its two sides: the short form came with Safari 14.1, each side
 * before. Without a variable Lightning CSS does that itself.
 * @param {any} declaration
 * @returns {any[]}
 */
function sides(declaration) {
  const { propertyId, value } = declaration.value ?? {};
  if (declaration.property !== "unparsed") return [declaration];
  if (propertyId.property === "inset-inline" && value.length === 1) {
    return ["left", "right"].map((side) => declare(side, value)); // Both are the same.
  }
  if (!SHORT.test(propertyId.property)) return [declaration];
  const space = value.findIndex((/** @type {any} */ part) => part.value?.type === "white-space");
  const [start, end] = space < 0 ? [value, value] : [value.slice(0, space), value.slice(space + 1)];
  return [
    declare(`${propertyId.property}-start`, start),
    declare(`${propertyId.property}-end`, end),
  ];
}

/**
 * Writes logical margins as each side's own.
 * @param {StyleSheet} sheet
 */
function logicalSides(sheet) {
  eachStyle(sheet.rules, ({ value }) => {
    if (value.declarations) {
      value.declarations.declarations = (value.declarations.declarations ?? []).flatMap(sides);
    }
  });
  return sheet;
}

/**
 * `min-height: 100dvh` becomes `min-height: 100vh; min-height: 100dvh`: a browser takes the last
 * that it understands.
 * @param {StyleSheet} sheet
 */
function viewportHeights(sheet) {
  eachStyle(sheet.rules, ({ value }) => {
    if (value.declarations) {
      value.declarations.declarations = withOlderHeights(value.declarations.declarations ?? []);
    }
  });
  return sheet;
}

/**
 * Takes every null out of a sheet: Lightning CSS hands them to its visitors and does not take them
 * back.
 * @param {any} value
 */
function withoutNulls(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const kept = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutNulls(part)]));
}

/** @typedef {"less-than" | "less-than-equal" | "greater-than" | "greater-than-equal"} Operator */
const BARELY = 0.01;
/** @type {Record<Operator, Operator>} */
const MIRRORED = {
  "less-than": "greater-than",
  "less-than-equal": "greater-than-equal",
  "greater-than": "less-than",
  "greater-than-equal": "less-than-equal",
};

/**
 * `width < 30rem` becomes `max-width: 29.99rem`.
 * @param {string} name
 * @param {Operator} operator
 * @param {any} value
 */
function bound(name, operator, value) {
  const length = structuredClone(value);
  if (operator === "less-than") length.value.value.value -= BARELY;
  if (operator === "greater-than") length.value.value.value += BARELY;
  const side = operator.startsWith("less") ? "max" : "min";
  return { type: "feature", value: { type: "plain", name: `${side}-${name}`, value: length } };
}

/** @param {any} condition @returns {any} */
function plainCondition(condition) {
  if (condition.type === "operation") {
    return { ...condition, conditions: condition.conditions.map(plainCondition) };
  }
  const { type, name, operator, value, start, startOperator, end, endOperator } =
    condition.value ?? {};
  if (type === "range") return bound(name, operator, value);
  if (type !== "interval") return condition;
  const began = MIRRORED[/** @type {Operator} */ (startOperator)];
  const conditions = [bound(name, began, start), bound(name, endOperator, end)];
  return { type: "operation", operator: "and", conditions };
}

/**
 * Writes the widths of media queries with `min-` and `max-`. Lightning CSS makes `not (min-width:
 * 30rem)` of "less than", which is as young as what it stands for.
 * @param {StyleSheet} sheet
 */
function plainWidths(sheet) {
  for (const rule of sheet.rules) {
    if (rule.type !== "media") continue;
    for (const query of rule.value.query.mediaQueries) {
      if (query.condition) query.condition = plainCondition(query.condition);
    }
  }
  return sheet;
}

/** @typedef {{flex: boolean, column: boolean, wrap: boolean, row: any, between: any}} Container */

/** @returns {Container} */
const nothingKnown = () => ({ flex: false, column: false, wrap: false, row: null, between: null });

/** @param {any} length A gap as Lightning CSS holds it, as tokens. */
const tokens = (length) => {
  if (length?.type !== "length-percentage" || length.value.type !== "dimension") return null;
  return [{ type: "length", value: length.value.value }];
};

/**
 * What a declaration says of its container.
 * @param {Container} container
 * @param {any} declaration
 * @returns {boolean} Whether it said anything.
 */
function learn(container, declaration) {
  const { property, value } = declaration;
  if (property === "display") {
    container.flex = value.type === "pair" && value.inside.type === "flex";
  } else if (property === "flex-direction") {
    container.column = value.startsWith("column");
  } else if (property === "flex-wrap") {
    container.wrap = value !== "nowrap";
  } else if (property === "gap") {
    container.row = tokens(value.row);
    container.between = tokens(value.column);
  } else if (property === "unparsed" && value.propertyId.property === "gap") {
    const parts = value.value.filter(
      (/** @type {any} */ part) => part.value?.type !== "white-space",
    );
    container.row = [parts[0]];
    container.between = [parts.at(-1)];
  } else return false;
  return true;
}

/** @param {string} property @param {any[]} value */
const declare = (property, value) => ({
  property: "unparsed",
  value: { propertyId: { property }, value },
});
const NONE = [{ type: "token", value: { type: "number", value: 0 } }];

/** @param {any[]} length */
const halved = (length) => [
  {
    type: "function",
    value: {
      name: "calc",
      arguments: [
        ...length,
        { type: "token", value: { type: "white-space", value: " " } },
        { type: "token", value: { type: "delim", value: "/" } },
        { type: "token", value: { type: "white-space", value: " " } },
        { type: "token", value: { type: "number", value: 2 } },
      ],
    },
  },
];

/** @param {Container} container */
function margins({ flex, column, wrap, row, between }) {
  const none = [declare("margin-top", NONE), declare("margin-inline-start", NONE)];
  if (!flex || !row || !between) return none;
  if (wrap) {
    return ["margin-top", "margin-bottom"]
      .map((side) => declare(side, halved(row)))
      .concat(
        ["margin-inline-start", "margin-inline-end"].map((side) => declare(side, halved(between))),
      );
  }
  if (column) return [declare("margin-top", row), declare("margin-inline-start", NONE)];
  return [declare("margin-top", NONE), declare("margin-inline-start", between)];
}

const CHILD = [{ type: "combinator", value: "child" }, { type: "universal" }];
const LATER_CHILD = [
  ...CHILD,
  { type: "combinator", value: "next-sibling" },
  { type: "universal" },
];

/**
 * `gap` in a flex container is younger than Safari 14.1 and Chrome 84. Browsers without it get
 * margins between the children instead; they are told by `inset`, which came along with it. The
 * margins go first in the sheet: whatever margin a child has of its own wins.
 * @param {StyleSheet} sheet
 * @returns {StyleSheet}
 */
function gapsAsMargins(sheet) {
  /** @type {Map<string, Container>} */
  const containers = new Map();
  /** @type {any[]} */
  const added = [];
  eachStyle(sheet.rules, ({ value: { selectors, declarations, loc } }, around) => {
    for (const selector of selectors) {
      const key = JSON.stringify(selector);
      const container = { ...(containers.get(key) ?? nothingKnown()) };
      const had = container.flex && container.row;
      const said = (declarations?.declarations ?? []).map((each) => learn(container, each));
      if (!said.some(Boolean)) continue;
      containers.set(key, container);
      if (!had && !(container.flex && container.row)) continue;
      const which = container.flex && container.wrap ? CHILD : LATER_CHILD;
      /** @type {any} */
      let rule = {
        type: "style",
        value: {
          selectors: [[...selector, ...which]],
          declarations: { declarations: margins(container), importantDeclarations: [] },
          rules: [],
          loc,
        },
      };
      for (const outer of [...around].reverse()) {
        rule = { type: outer.type, value: { .../** @type {any} */ (outer.value), rules: [rule] } };
      }
      added.push(rule);
    }
  });
  if (added.length === 0) return sheet;
  const condition = {
    type: "not",
    value: { type: "declaration", propertyId: { property: "inset" }, value: "0" },
  };
  const loc = { source_index: 0, line: 0, column: 1 };
  /** @type {any} */
  const older = { type: "supports", value: { condition, rules: added, loc } };
  return { ...sheet, rules: [older, ...sheet.rules] };
}

/**
 * A style sheet for phones of the last seven years.
 * @param {StyleSheet} sheet As Lightning CSS hands it to a visitor.
 * @returns {StyleSheet}
 */
export const older = (sheet) =>
  gapsAsMargins(viewportHeights(logicalSides(plainWidths(withoutNulls(sheet)))));
