// The editor of the program: CodeMirror, or where that was not built, or cannot be shown by this
// browser, a plain textarea. Both have the same members; see web/codemirror/codemirror.js.

class PlainEditor {
  #source;

  constructor(textarea, changed) {
    this.#source = textarea;
    textarea.addEventListener("input", changed);
  }

  get text() {
    return this.#source.value;
  }
  set text(text) {
    this.#source.value = text;
    this.#source.scrollTo(0, 0);
  }

  // Through the browser's own editing, so that undo brings back what was there.
  replace(text) {
    this.#source.focus({ preventScroll: true });
    this.#source.select();
    if (!document.execCommand("insertText", false, text)) this.#source.value = text;
    this.#source.setSelectionRange(0, 0);
    this.#source.scrollTo(0, 0);
  }

  mark() {} // a textarea has no lines to mark; goTo() selects one

  goTo(line) {
    const lines = this.text.split("\n");
    const begin = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.#source.focus();
    this.#source.setSelectionRange(begin, begin + (lines[line - 1] ?? "").length);
  }
}

export async function openEditor(changed) {
  const textarea = document.getElementById("source");
  try {
    // Without, CodeMirror would make <style> elements, which the page's policy forbids.
    if (!("adoptedStyleSheets" in document)) throw new Error("no adopted style sheets");
    const { CodeEditor } = await import("./codemirror.js");
    return new CodeEditor(textarea, changed);
  } catch {
    return new PlainEditor(textarea, changed);
  }
}
