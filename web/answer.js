// The answer pane: what came back, in parts. Knows the contract's answers and nothing of how they
// were asked for.

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

function part(name, content, kind = "") {
  const made = element("section", `part ${kind}`);
  made.dataset.part = name;
  made.append(element("h2", "", name), content);
  return made;
}

const block = (text) => element("pre", "", text);

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

// {queue, start, run} of a Server-Timing header, {} without one.
export function parseTiming(header) {
  const spans = {};
  for (const [, name, value] of (header ?? "").matchAll(/(\w+);dur=([\d.]+)/g)) {
    spans[name] = Number(value);
  }
  return spans;
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
  track.setAttribute("aria-hidden", "true");
  for (const name of names) {
    const bar = element("i", name);
    bar.style.flexGrow = spans[name];
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

export function showBusy() {
  verdict.className = "bar busy";
  outcome.textContent = "Running …";
  times.textContent = "";
}

// What a run has written so far to "stdout" or "stderr": `text` is the news.
export function showOutput(name, text) {
  let shown = parts.querySelector(`[data-part=${name}].live pre`);
  if (!shown) {
    if (!parts.querySelector(".live")) parts.replaceChildren();
    shown = block("");
    parts.append(part(name, shown, "live"));
  }
  shown.append(text);
  parts.scrollTo(0, parts.scrollHeight);
}

// For what is no answer of the service: stopped, or no connection.
export function showTrouble(title, text) {
  verdict.className = "bar bad";
  outcome.textContent = title;
  times.textContent = "";
  parts.replaceChildren(part("error", element("p", "", text), "wrong"));
}

// `answer` is {status, body, timing, total, id}: HTTP status, parsed body, milliseconds in {queue,
// start, run} and until it had come, request id.
export function showAnswer(answer, goTo) {
  const { status, body } = answer;
  const fine = status === 200 && !body.error;
  verdict.className = `bar ${fine ? "good" : "bad"}`;
  outcome.textContent = fine ? "Done" : (body.error_type ?? "error").replaceAll("_", " ");
  times.textContent = `HTTP ${status} · ${milliseconds(answer.total)} there and back`;

  const shown = [];
  if (body.error) shown.push(errorPart(body.error, errorLine(body), goTo));
  if ("result" in body) shown.push(part("result", block(JSON.stringify(body.result, null, 2))));
  body.images?.forEach((image, index) => shown.push(part(`plot ${index + 1}`, picture(image, index))));
  if ("output" in body) shown.push(part("output", block(body.output || "(nothing)")));
  if (body.stdout) shown.push(part("stdout", block(body.stdout)));
  if (body.stderr) shown.push(part("stderr", block(body.stderr), fine ? "" : "wrong"));
  if ("run" in (answer.timing ?? {})) shown.push(timeline(answer.timing));
  shown.push(part("request id", block(answer.id ?? "")));
  parts.replaceChildren(...shown);
  parts.scrollTo(0, 0);
  pane.scrollIntoView({ block: "nearest" }); // where the panes lie one above the other
}
