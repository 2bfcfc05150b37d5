// The answer pane: what came back, in parts. Knows the contract's answers and nothing of how they
// were asked for.
import { copy } from "./copy.js";
import { csv } from "./csv.js";
import { parse, pretty, table } from "./json.js";
import { NEWEST, Output } from "./output.js";

const PRETTY_CHARACTERS = 300_000; // a longer result is shown as it was sent
const TABLE_ROWS = 200;

const verdict = document.getElementById("verdict");
const outcome = document.getElementById("outcome");
const times = document.getElementById("times");
const parts = document.getElementById("parts");
const pane = document.getElementById("answer");

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

// A section of the answer: a heading with buttons, and below it the content.
function part(name, content, kind = "", buttons = []) {
  const made = element("section", `part ${kind}`);
  const heading = element("div", "heading");
  made.dataset.part = name;
  heading.append(element("h2", "", name), ...buttons);
  content.classList.add("content");
  made.append(heading, content);
  return made;
}

function button(text, label, pressed) {
  const made = element("button", "small", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => pressed(made));
  return made;
}

const copyButton = (name, text) => button("Copy", `Copy ${name}`, (self) => copy(self, text));

function download(name, content) {
  const link = element("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const downloadButton = (name, file, content) => button("Download", `Download ${name}`, () => download(file, content));

// A text as a part: the newest of a long one, all of it on request.
function textPart(name, text, kind = "", file = `${name}.txt`) {
  const output = new Output();
  output.append(text);
  output.flush();
  const buttons = [copyButton(name, text), downloadButton(name, file, text)];
  const made = part(name, output.element, kind, buttons);
  if (text.length > NEWEST) {
    const rest = Math.round((text.length - NEWEST) / 1024);
    const all = button("Show all", `Show all of ${name}`, () => {
      const whole = new Output({ all: true });
      whole.append(text);
      whole.flush();
      whole.element.classList.add("content");
      output.element.replaceWith(whole.element);
      all.remove();
      note.remove();
    });
    const note = element("p", "note", `The newest 64 KB; ${rest} KB before them are not shown.`);
    made.querySelector(".heading").append(all);
    output.element.before(note);
  }
  return made;
}

function tableOf({ columns, rows }) {
  const made = element("table");
  const row = (tag, cells) => {
    const line = element("tr");
    line.append(...cells.map((cell, index) => element(index ? tag : "th", "", cell)));
    return line;
  };
  const head = element("thead");
  const body = element("tbody");
  head.append(row("th", ["", ...columns]));
  body.append(...rows.slice(0, TABLE_ROWS).map((cells) => row("td", cells)));
  made.append(head, body);
  const frame = element("div", "table");
  frame.tabIndex = 0;
  frame.append(made);
  if (rows.length > TABLE_ROWS) frame.append(element("p", "note", `${rows.length - TABLE_ROWS} more rows`));
  return frame;
}

// The result, with every number as it was sent, and as a table where it is one.
function resultParts(text) {
  const raw = text.length > PRETTY_CHARACTERS ? null : parse(text).object.find(([name]) => name === "result")[1];
  const shown = raw ? pretty(raw) : text;
  const rows = raw && table(raw);
  return [...(rows ? [part("table", tableOf(rows))] : []), textPart("result", shown, "", "result.json")];
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const PICTURES = { png: "png", jpg: "jpeg", jpeg: "jpeg", gif: "gif", webp: "webp", svg: "svg+xml" };
const SEPARATORS = { csv: ",", tsv: "\t" };

// What a file looks like: a picture, a table, or nothing.
function preview(path, content) {
  const ending = path.split(".").at(-1).toLowerCase();
  if (ending in PICTURES) {
    const image = element("img", "plot");
    const data = content.base64 ? `base64,${content.base64}` : encodeURIComponent(content);
    image.src = `data:image/${PICTURES[ending]};${content.base64 ? data : `charset=utf-8,${data}`}`;
    image.alt = path;
    return [image];
  }
  const rows = ending in SEPARATORS && typeof content === "string" && csv(content, SEPARATORS[ending], TABLE_ROWS);
  return rows ? [tableOf(rows)] : [];
}

function filePart(files, omitted) {
  const list = element("ul", "files");
  for (const [path, content] of Object.entries(files)) {
    const entry = element("li");
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : bytesOf(content.base64);
    const file = new Blob([bytes]);
    entry.append(element("code", "", path), ` ${bytes.length} bytes `, downloadButton(path, path.split("/").at(-1), file));
    entry.append(...preview(path, content));
    list.append(entry);
  }
  for (const [path, reason] of Object.entries(omitted)) {
    const entry = element("li");
    entry.append(element("code", "", path), ` was not returned: ${reason}`);
    list.append(entry);
  }
  return part("files", list);
}

// A plot, as the contract sends it: PNG in base64.
function picture(base64, index) {
  const image = element("img", "plot");
  image.src = `data:image/png;base64,${base64}`;
  image.alt = `Plot ${index + 1}`;
  return image;
}

function milliseconds(value) {
  if (value < 10) return `${value.toFixed(2)} ms`;
  return value < 1000 ? `${value.toFixed(1)} ms` : `${(value / 1000).toFixed(2)} s`;
}

// The line of the user's file that an error is about, counted from 1; 0 when none is named.
export function errorLine(body) {
  const frames = [...(body.stderr ?? "").matchAll(/^ *File "script\.py", line (\d+)/gm)];
  const named = frames.at(-1) ?? (body.error ?? "").match(/\(line (\d+)\)$/);
  return body.error && named ? Number(named[1]) : 0;
}

function timeline(spans) {
  const names = ["queue", "start", "run"].filter((name) => name in spans);
  const track = element("div", "track");
  const legend = element("ul", "legend");
  const total = names.reduce((sum, name) => sum + spans[name], 0) || 1;
  track.setAttribute("aria-hidden", "true");
  for (const name of names) {
    const bar = element("i", name);
    bar.style.flexGrow = 100 * spans[name] / total; // a sum below 1 would not fill the track
    track.append(bar);
    const entry = element("li");
    entry.append(element("i", name), `${name} ${milliseconds(spans[name])}`);
    legend.append(entry);
  }
  const made = part("timing", track);
  made.append(legend);
  return made;
}

function errorPart(text, line, goTo) {
  const shown = element("p", "", text);
  if (line) {
    const jump = element("button", "jump", `line ${line}`);
    jump.type = "button";
    jump.addEventListener("click", () => goTo(line));
    shown.append(jump);
  }
  return part("error", shown, "wrong");
}

let live = {}; // the outputs of the run under way, by name
let ticking = 0;

export function showBusy() {
  const begin = performance.now();
  const tick = () => (times.textContent = `${((performance.now() - begin) / 1000).toFixed(1)} s`);
  verdict.className = "bar busy";
  outcome.textContent = "Running …";
  parts.replaceChildren();
  live = {};
  tick();
  clearInterval(ticking);
  ticking = setInterval(tick, 100);
}

function stopClock() {
  clearInterval(ticking);
  times.textContent = "";
}

// What a run has written to "stdout" or "stderr" since the last call.
export function showOutput(name, text) {
  if (!live[name]) {
    live[name] = { output: new Output(), text: [] };
    parts.append(part(name, live[name].output.element, "live"));
  }
  live[name].text.push(text);
  live[name].output.append(text, () => parts.scrollTo(0, parts.scrollHeight));
}

// For what is not an answer of the service: stopped, or no connection. Keeps the output so far.
export function showTrouble(title, text) {
  stopClock();
  verdict.className = "bar bad";
  outcome.textContent = title;
  const kept = Object.entries(live).map(([name, { text: pieces }]) => textPart(name, pieces.join("")));
  parts.replaceChildren(part("error", element("p", "", text), "wrong"), ...kept);
}

function notes(body) {
  const texts = [body.detail, body.hint, ...(body.warnings ?? [])].filter((text) => typeof text === "string");
  return texts.map((text) => {
    const note = element("p", "", text);
    return part(text === body.detail ? "detail" : text === body.hint ? "hint" : "warning", note, "advice");
  });
}

// `answer` is {status, body, text, timing, total, id}: HTTP status, the body parsed and as it was sent,
// milliseconds in {queue, start, run} and until it had come, request id. `offers` are buttons for the error.
export function showAnswer(answer, goTo, offers = []) {
  stopClock();
  const { status, body } = answer;
  const fine = status === 200 && !body.error;
  verdict.className = `bar ${fine ? "good" : "bad"}`;
  outcome.textContent = fine ? "Done" : (body.error_type ?? "error").replaceAll("_", " ");
  times.textContent = `HTTP ${status} · ${milliseconds(answer.total)} round trip`;

  const shown = [];
  if (body.error) {
    const error = errorPart(body.error, errorLine(body), goTo);
    error.querySelector("p").append(...offers.map(({ text, taken }) => button(text, text, taken)));
    shown.push(error);
  }
  shown.push(...notes(body));
  if ("result" in body) shown.push(...resultParts(answer.text));
  if (typeof body.last_value === "string") shown.push(textPart("last value", body.last_value));
  body.images?.forEach((image, index) => {
    const save = downloadButton(`plot ${index + 1}`, `plot-${index + 1}.png`, new Blob([bytesOf(image)]));
    shown.push(part(`plot ${index + 1}`, picture(image, index), "", [save]));
  });
  if (body.output) shown.push(textPart("output", body.output));
  else if ("output" in body) shown.push(part("output", element("pre", "", "(nothing)")));
  if (body.stdout) shown.push(textPart("stdout", body.stdout));
  if (body.stderr) shown.push(textPart("stderr", body.stderr, fine ? "" : "wrong"));
  const { files = {}, files_omitted: omitted = {} } = body;
  if (Object.keys(files).length || Object.keys(omitted).length) shown.push(filePart(files, omitted));
  if ("run" in (answer.timing ?? {})) shown.push(timeline(answer.timing));
  shown.push(part("request id", element("pre", "", answer.id ?? "")));
  parts.replaceChildren(...shown);
  parts.scrollTo(0, 0);
  pane.scrollIntoView({ block: "nearest" }); // where the panes lie one above the other
}
