// A text that may be long and may still grow, shown without holding up the page: in chunks that the
// browser lays out only where they are seen (content-visibility), and painted once for each frame.
import { coloured } from "./ansi.js";

const CHUNK = 4096; // characters, roughly
export const NEWEST = 65_536; // characters that are shown of a longer text
const LINE = 1.18; // rem, as playground.css has it

export class Output {
  element = document.createElement("pre");
  #style = new Set();
  #chunks = []; // {node, length}, oldest first
  #shown = 0;
  #pending = "";
  #frame = 0;
  #all; // show everything, not only the newest

  constructor({ all = false } = {}) {
    this.#all = all;
    this.element.className = "output";
    this.element.tabIndex = 0;
  }

  // The text grows; it is painted with the next frame. `painted` is called then.
  append(text, painted = () => {}) {
    this.#pending += text;
    if (!this.#all && this.#pending.length > 2 * NEWEST) this.#pending = this.#pending.slice(-NEWEST);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.flush();
      painted();
    });
  }

  flush() {
    const text = this.#pending;
    this.#pending = "";
    for (let at = 0; at < text.length; ) {
      const stop = this.#endOfPiece(text, at);
      this.#add(text.slice(at, stop));
      at = stop;
    }
    while (!this.#all && this.#chunks.length > 1 && this.#shown - this.#chunks[0].length >= NEWEST) {
      const oldest = this.#chunks.shift();
      this.#shown -= oldest.length;
      oldest.node.remove();
    }
  }

  // A chunk ends with a line, since each is a block of its own; only a very long line is cut.
  #endOfPiece(text, at) {
    const room = this.#isOpen() ? Math.max(0, CHUNK - this.#chunks.at(-1).length) : CHUNK;
    const newline = text.indexOf("\n", at + Math.max(0, room - 1));
    return Math.min(newline < 0 ? text.length : newline + 1, at + 16 * CHUNK);
  }

  // Whether the next piece continues the last chunk.
  #isOpen() {
    const last = this.#chunks.at(-1);
    return last !== undefined && (last.length < CHUNK || !last.whole) && last.length < 16 * CHUNK;
  }

  #add(text) {
    if (!this.#isOpen()) {
      const node = document.createElement("span");
      node.className = "chunk";
      this.element.append(node);
      this.#chunks.push({ node, length: 0, lines: 1, whole: false });
    }
    const chunk = this.#chunks.at(-1);
    chunk.node.append(...coloured(text, this.#style));
    chunk.whole = text.endsWith("\n");
    this.#measure(chunk, text);
  }

  #measure(chunk, text) {
    chunk.length += text.length;
    chunk.lines += text.split("\n").length - 1;
    chunk.node.style.containIntrinsicHeight = `auto ${(chunk.lines * LINE).toFixed(1)}rem`;
    this.#shown += text.length;
  }
}
