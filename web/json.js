// JSON as it was sent: numbers keep their digits, which JSON.parse would round.

// Strings, numbers and literals, and the six structural characters.
const TOKEN = /"(?:[^"\\]|\\[^])*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

// The tree of a JSON text that is known to be valid: {object: [[name, tree], ...]}, {array: [tree, ...]}
// or {text: "what stands there"}.
export function parse(text) {
  const tokens = text.matchAll(TOKEN);
  const next = () => tokens.next().value[0];

  function value(token) {
    if (token === "{") return { object: [...members()] };
    if (token === "[") return { array: [...elements()] };
    return { text: token };
  }
  function* members() {
    for (let token = next(); token !== "}"; token = next()) {
      if (token === ",") continue;
      next(); // the colon
      yield [JSON.parse(token), value(next())];
    }
  }
  function* elements() {
    for (let token = next(); token !== "]"; token = next()) {
      if (token !== ",") yield value(token);
    }
  }
  return value(next());
}

// A tree as an indented text.
export function pretty(tree, indent = "") {
  const deeper = indent + "  ";
  const block = (open, lines, close) =>
    lines.length ? `${open}\n${lines.map((line) => deeper + line).join(",\n")}\n${indent}${close}` : open + close;
  if (tree.object) {
    const lines = tree.object.map(([name, value]) => `${JSON.stringify(name)}: ${pretty(value, deeper)}`);
    return block("{", lines, "}");
  }
  if (tree.array) return block("[", tree.array.map((value) => pretty(value, deeper)), "]");
  return tree.text;
}

const isScalar = (tree) => tree.text !== undefined;
const shown = (tree) => (tree.text.startsWith('"') ? JSON.parse(tree.text) : tree.text);

// {columns, rows} of what pandas' to_dict() makes, by columns or as records; null for anything else.
// A row is [label, cell, ...], label "" for records.
export function table(tree) {
  const records = tree.array;
  if (records?.length && records.every((row) => row.object?.length && row.object.every(([, cell]) => isScalar(cell)))) {
    return fromRecords(records.map((row) => ["", new Map(row.object)]));
  }
  const columns = tree.object;
  if (columns?.length && columns.every(([, column]) => column.object?.length && column.object.every(([, cell]) => isScalar(cell)))) {
    const rows = new Map();
    for (const [name, column] of columns) {
      for (const [label, cell] of column.object) {
        if (!rows.has(label)) rows.set(label, new Map());
        rows.get(label).set(name, cell);
      }
    }
    return fromRecords([...rows]);
  }
  return null;
}

function fromRecords(records) {
  const columns = [...new Set(records.flatMap(([, row]) => [...row.keys()]))];
  const rows = records.map(([label, row]) => [label, ...columns.map((name) => (row.has(name) ? shown(row.get(name)) : ""))]);
  return { columns, rows };
}
