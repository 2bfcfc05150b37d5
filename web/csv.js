// Tables in text: a line for each row, fields in quotation marks where they have to be (RFC 4180).

// {columns, rows} as in json.js, of rows up to a number; null where the first line is all there is.
export function csv(text, separator, most) {
  const lines = [[]];
  // A field with what ends it: the separator, the line's end, or the text's.
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r?\\n|\\r|$)`, "y");
  while (field.lastIndex < text.length && lines.length <= most + 1) {
    const found = field.exec(text);
    if (!found) return null;
    lines.at(-1).push(found[1]?.replaceAll('""', '"') ?? found[2]);
    if (found[3] !== separator && field.lastIndex < text.length) lines.push([]);
  }
  const [columns, ...rows] = lines;
  return rows.length ? { columns, rows: rows.map((cells) => ["", ...cells]) } : null;
}
