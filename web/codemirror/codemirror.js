// CodeMirror as the playground's editor. scripts/fetch-viewers makes one file of this one and the
// packages that it imports. Knows nothing of what the text is for, but that it is Python.
//
// It lives in a shadow root: there CodeMirror's style sheets are adopted objects, which the page's
// content security policy allows. In the document itself they would be <style> elements, which it
// does not allow. The page's variables (colours, sizes) reach into the shadow root; its rules do not.
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, isolateHistory } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { search, searchKeymap } from "@codemirror/search";
import { EditorSelection, EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutterLineClass, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const INDENT = "    ";

// --- Looks

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool], color: "var(--keyword)" },
  { tag: tags.string, color: "var(--string)" },
  { tag: tags.number, color: "var(--number)" },
  { tag: tags.comment, color: "var(--comment)", fontStyle: "italic" },
  { tag: [tags.definition(tags.function(tags.variableName)), tags.definition(tags.className)], color: "var(--name)" },
  { tag: tags.meta, color: "var(--name)" },
]);

const ring = { outline: "2px solid var(--accent)", outlineOffset: "1px" };
const field = { color: "var(--ink)", background: "var(--paper)", border: "1px solid var(--line)", borderRadius: "6px" };
const looks = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", background: "var(--sheet)" },
  "&.cm-focused": { outline: "none" }, // the page draws one around the whole editor
  ".cm-scroller": { font: "inherit" },
  ".cm-content": { padding: "0.75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 0.9rem" },
  ".cm-line.wrong": { background: "var(--bad-sheet)", boxShadow: "inset 3px 0 var(--bad)" },
  ".cm-line::selection, .cm-line ::selection": { background: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".cm-gutters": { color: "var(--faint)", background: "var(--paper)", borderRight: "1px solid var(--line)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "var(--gutter)", padding: "0 var(--gutter-space)" },
  ".cm-gutterElement.wrong": { color: "var(--bad)", fontWeight: "700" },
  "&.cm-focused .cm-matchingBracket": { background: "none", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "var(--bad-sheet)", outline: "1px solid var(--bad)" },
  ".cm-searchMatch": { background: "var(--match)", outline: "1px solid var(--start)" },
  ".cm-searchMatch-selected": { background: "var(--match)", outline: "2px solid var(--accent)" },
  ".cm-panels": { color: "var(--ink)", background: "var(--sheet)", borderColor: "var(--line)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "0.4rem 2rem 0.4rem 0.9rem", font: "var(--code)/1.4 system-ui, sans-serif" },
  ".cm-panel.cm-search label": { fontSize: "inherit" },
  ".cm-panel.cm-search [name=close]": { padding: "0.2rem 0.6rem", color: "inherit", fontSize: "1.1rem", cursor: "pointer" },
  ".cm-textfield": { ...field, font: "inherit", padding: "0.25rem 0.5rem" },
  ".cm-button": { ...field, font: "inherit", padding: "0.25rem 0.6rem", backgroundImage: "none", cursor: "pointer" },
  ".cm-button:active": { backgroundImage: "none" },
  ".cm-panel button:focus-visible, .cm-panel input:focus-visible": ring,
});

// --- The line with the error

const setWrong = StateEffect.define(); // a line's number, counted from 1; 0 for none
const wrongLine = Decoration.line({ class: "wrong" });
const wrongNumber = new (class extends GutterMarker {
  elementClass = "wrong";
})();
const none = { lines: Decoration.none, numbers: RangeSet.empty };

function marksOf(doc, number) {
  if (number < 1 || number > doc.lines) return none;
  const { from } = doc.line(number);
  return { lines: Decoration.set(wrongLine.range(from)), numbers: RangeSet.of(wrongNumber.range(from)) };
}

const wrong = StateField.define({
  create: () => none,
  update(marks, { effects, docChanged, newDoc }) {
    const effect = effects.find((one) => one.is(setWrong));
    if (effect) return marksOf(newDoc, effect.value);
    return docChanged ? none : marks;
  },
  provide: (marks) => [
    EditorView.decorations.from(marks, ({ lines }) => lines),
    gutterLineClass.from(marks, ({ numbers }) => numbers),
  ],
});

// --- Keys

// Spaces to the next stop; whole lines where something is selected.
function indent(view) {
  const { state } = view;
  if (state.selection.ranges.some(({ empty }) => !empty)) return indentMore(view);
  const change = state.changeByRange(({ from }) => {
    const spaces = INDENT.length - ((from - state.doc.lineAt(from).from) % INDENT.length);
    return { changes: { from, insert: " ".repeat(spaces) }, range: EditorSelection.cursor(from + spaces) };
  });
  view.dispatch(change, { scrollIntoView: true, userEvent: "input" });
  return true;
}

// The page runs the program then; here, nothing is to be written for it.
const runsProgram = () => true;

// Escape hands the next Tab to the browser, which leaves the editor. Any other key takes that back.
function escapeThenTab() {
  let leaving = false;
  const change = (view, to) => {
    if (leaving === to) return;
    leaving = to;
    view.setTabFocusMode(to);
  };
  return EditorView.domEventObservers({
    keydown: ({ key }, view) => {
      if (key !== "Shift") change(view, key === "Escape");
    },
    blur: (_, view) => change(view, false),
  });
}

const keys = [
  { key: "Tab", run: indent, shift: indentLess },
  { key: "Ctrl-Enter", run: runsProgram },
  { key: "Meta-Enter", run: runsProgram },
  ...searchKeymap,
  ...historyKeymap,
  ...defaultKeymap,
];

// ---

export class CodeEditor {
  #view;
  #extensions;

  // Takes the place of a textarea, as an element that has its id, its text as `value`, and focus().
  constructor(textarea, changed) {
    const host = document.createElement("div");
    host.id = textarea.id;
    Object.defineProperty(host, "value", { get: () => this.text });
    host.focus = () => this.#view.focus();
    const root = host.attachShadow({ mode: "open" });
    this.#extensions = [
      keymap.of(keys),
      escapeThenTab(),
      history(),
      search({ top: true }),
      lineNumbers(),
      bracketMatching(),
      pythonLanguage,
      indentOnInput(),
      indentUnit.of(INDENT),
      EditorState.tabSize.of(INDENT.length),
      syntaxHighlighting(colours),
      wrong,
      looks,
      EditorView.contentAttributes.of({
        "aria-label": textarea.getAttribute("aria-label"),
        "aria-description": "Tab indents; Escape, then Tab leaves the editor.",
      }),
      EditorView.updateListener.of(({ docChanged }) => docChanged && changed()),
    ];
    this.#view = new EditorView({ root, parent: root, state: this.#stateOf(textarea.value) });
    textarea.replaceWith(host);
    document.getElementById("leave").hidden = false;
  }

  get text() {
    return this.#view.state.doc.toString();
  }
  set text(text) {
    this.#view.setState(this.#stateOf(text));
  }

  // The same as typed over everything: undo brings back what was there.
  replace(text) {
    this.#view.dispatch({
      changes: { from: 0, to: this.#view.state.doc.length, insert: text },
      selection: { anchor: 0 },
      annotations: isolateHistory.of("full"),
      scrollIntoView: true,
      userEvent: "input.paste",
    });
  }

  // Marks a line, counted from 1; 0 takes the mark away.
  mark(line) {
    this.#view.dispatch({ effects: setWrong.of(line) });
  }

  // Selects a line and shows it.
  goTo(line) {
    const { doc } = this.#view.state;
    const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.#view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.#view.focus();
  }

  #stateOf(doc) {
    return EditorState.create({ doc, extensions: this.#extensions });
  }
}
