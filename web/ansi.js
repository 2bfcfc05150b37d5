// The colours of a terminal (ECMA-48, "select graphic rendition"); other control sequences are left out.

// eslint-disable-next-line no-control-regex -- escape sequences begin with one
const SEQUENCE = /\x1b\[([0-9;]*)([@-~])|\x1b[@-Z\\^_]/g;
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

// Applies the numbers of one sequence to `style`, a Set of classes that lasts from text to text.
function apply(style, numbers) {
  const drop = (prefix) => [...style].filter((name) => name.startsWith(prefix)).forEach((name) => style.delete(name));
  for (const number of numbers) {
    if (number === 0) style.clear();
    else if (number === 1) style.add("bold");
    else if (number === 3) style.add("italic");
    else if (number === 4) style.add("underline");
    else if (number === 22) style.delete("bold");
    else if (number === 23) style.delete("italic");
    else if (number === 24) style.delete("underline");
    else if (number === 39) drop("ansi-");
    else if ((number >= 30 && number <= 37) || (number >= 90 && number <= 97)) {
      drop("ansi-");
      style.add(`ansi-${COLOURS[number % 10]}`);
    } else if (number === 38 || number === 48) return; // 256 colours: not shown
  }
}

// `text` as nodes to append, coloured by the sequences in it and those before it.
export function coloured(text, style) {
  const nodes = [];
  const push = (piece) => {
    if (!piece) return;
    if (!style.size) return nodes.push(piece);
    const span = document.createElement("span");
    span.className = [...style].join(" ");
    span.textContent = piece;
    nodes.push(span);
  };
  let at = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    push(text.slice(at, match.index));
    if (match[2] === "m") apply(style, match[1].split(";").map(Number));
    at = match.index + match[0].length;
  }
  push(text.slice(at));
  return nodes;
}
