// The editor: a textarea that is typed into, with the same text painted below it and line numbers
// next to it. Knows nothing of what the text is for.

const TOKENS = new RegExp(
  [
    "(?<c>#[^\\n]*)",
    "(?<s>\\b[rbuf]{0,2}(?:\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$))" +
      "|\\b[rbuf]{0,2}(?:\"(?:\\\\[^]|[^\"\\\\\\n])*\"?|'(?:\\\\[^]|[^'\\\\\\n])*'?)" +
      "|\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)" +
      "|\"(?:\\\\[^]|[^\"\\\\\\n])*\"?|'(?:\\\\[^]|[^'\\\\\\n])*'?)",
    "(?<k>\\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False|finally" +
      "|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return|True|try|while" +
      "|with|yield)\\b)",
    "(?<n>\\b(?:0[xob][\\da-f_]+|\\d[\\d_]*\\.?[\\d_]*(?:e[+-]?\\d+)?j?)\\b)",
    "(?<f>(?<=\\b(?:def|class)\\s+)\\w+|^[ \\t]*@[\\w.]+)",
  ].join("|"),
  "gim",
);
const PAINTED_CHARACTERS = 100_000; // more is shown in one colour
const INDENT = "    ";

// The text as pieces with a class, "" for plain ones.
function* pieces(text) {
  let at = 0;
  if (text.length <= PAINTED_CHARACTERS) {
    for (const match of text.matchAll(TOKENS)) {
      if (match.index > at) yield ["", text.slice(at, match.index)];
      yield [Object.entries(match.groups).find(([, value]) => value !== undefined)[0], match[0]];
      at = match.index + match[0].length;
    }
  }
  yield ["", text.slice(at)];
}

// The same, cut into rows.
function rows(text) {
  const all = [[]];
  for (const [kind, piece] of pieces(text)) {
    piece.split("\n").forEach((part, index) => {
      if (index > 0) all.push([]);
      if (part) all.at(-1).push([kind, part]);
    });
  }
  return all;
}

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

export class Editor {
  #source = document.getElementById("source");
  #paint = document.getElementById("paint");
  #gutter = document.getElementById("gutter");
  #wrong = 0; // the marked line, counted from 1; 0 for none
  #leaving = false; // Esc was pressed: the next Tab moves the focus

  constructor(changed) {
    this.#source.addEventListener("input", () => {
      this.#wrong = 0;
      this.#show();
      changed();
    });
    this.#source.addEventListener("scroll", () => this.#follow());
    this.#source.addEventListener("keydown", (event) => this.#key(event));
    this.#source.addEventListener("blur", () => (this.#leaving = false));
  }

  get text() {
    return this.#source.value;
  }
  set text(text) {
    this.#source.value = text;
    this.#wrong = 0;
    this.#source.scrollTo(0, 0);
    this.#show();
  }

  // The same as typed over everything: undo brings back what was there.
  replace(text) {
    this.#source.focus({ preventScroll: true });
    this.#source.select();
    this.#insert(text);
    this.#source.setSelectionRange(0, 0);
    this.#source.scrollTo(0, 0);
  }

  // Marks a line, counted from 1; 0 takes the mark away.
  mark(line) {
    this.#wrong = line;
    this.#show();
  }

  // Puts the cursor on a line and shows it.
  goTo(line) {
    const lines = this.text.split("\n");
    const begin = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.#source.focus();
    this.#source.setSelectionRange(begin, begin + (lines[line - 1] ?? "").length);
    const height = this.#paint.firstElementChild.getBoundingClientRect().height;
    this.#source.scrollTop = Math.max(0, (line - 3) * height);
  }

  #show() {
    const all = rows(this.text);
    this.#paint.replaceChildren(
      ...all.map((row, index) => {
        const shown = element("span", index + 1 === this.#wrong ? "row wrong" : "row");
        shown.append(...row.map(([kind, part]) => (kind ? element("span", kind, part) : part)));
        return shown;
      }),
    );
    this.#gutter.replaceChildren(
      ...all.flatMap((_, index) => {
        const number = element("span", index + 1 === this.#wrong ? "wrong" : "", index + 1);
        return index > 0 ? ["\n", number] : [number];
      }),
    );
    this.#follow();
  }

  #follow() {
    const { scrollLeft, scrollTop } = this.#source;
    this.#paint.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.#gutter.scrollTop = scrollTop;
  }

  #key(event) {
    if (event.key === "/" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#toggleComment();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      this.#leaving = true;
      return;
    }
    if (event.key === "Tab" && !this.#leaving) {
      event.preventDefault();
      this.#indent(event.shiftKey);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#newLine();
    }
    if (event.key !== "Shift") this.#leaving = false;
  }

  // Through the browser's own editing, so that it can be undone.
  #insert(text) {
    if (text === "" ? !document.execCommand("delete") : !document.execCommand("insertText", false, text)) {
      const { selectionStart, selectionEnd } = this.#source;
      this.#source.setRangeText(text, selectionStart, selectionEnd, "end");
      this.#source.dispatchEvent(new Event("input"));
    }
  }

  #indent(backwards) {
    const { selectionStart: begin, selectionEnd: end, value } = this.#source;
    if (!backwards && begin === end) {
      const column = begin - (value.lastIndexOf("\n", begin - 1) + 1);
      this.#insert(" ".repeat(INDENT.length - (column % INDENT.length)));
      return;
    }
    const first = value.lastIndexOf("\n", begin - 1) + 1;
    const before = value.slice(first, end);
    const after = backwards ? before.replace(/^ {1,4}/gm, "") : before.replace(/^(?=.)/gm, INDENT);
    if (after === before) return;
    this.#source.setSelectionRange(first, end);
    this.#insert(after);
    const last = first + after.length;
    this.#source.setSelectionRange(begin === end ? last : first, last);
  }

  // The lines that the selection touches become comments, or cease to be where all are.
  #toggleComment() {
    const { selectionStart, selectionEnd, value } = this.#source;
    const first = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const end = value.indexOf("\n", selectionEnd);
    const before = value.slice(first, end < 0 ? value.length : end);
    const lines = before.split("\n");
    const written = lines.filter((line) => line.trim());
    if (!written.length) return;
    const column = Math.min(...written.map((line) => line.search(/\S/)));
    const commented = written.every((line) => /^\s*#/.test(line));
    const change = (line) => {
      if (!line.trim()) return line;
      if (commented) return line.replace(/^(\s*)# ?/, "$1");
      return `${line.slice(0, column)}# ${line.slice(column)}`;
    };
    const after = lines.map(change).join("\n");
    this.#source.setSelectionRange(first, first + before.length);
    this.#insert(after);
    if (selectionStart === selectionEnd) {
      const moved = Math.max(first, selectionStart + after.length - before.length);
      this.#source.setSelectionRange(moved, moved);
    } else {
      this.#source.setSelectionRange(first, first + after.length);
    }
  }

  #newLine() {
    const { selectionStart: begin, value } = this.#source;
    const line = value.slice(value.lastIndexOf("\n", begin - 1) + 1, begin);
    const deeper = /:\s*(#.*)?$/.test(line) ? INDENT : "";
    this.#insert("\n" + line.match(/^[ \t]*/)[0] + deeper);
  }
}
