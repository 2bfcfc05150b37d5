// The playground: takes a script from the editor to the service and its answer to the answer pane.
// All addresses are relative, so that it works under any prefix.
import { errorLine, parseTiming, showAnswer, showBusy, showOutput, showTrouble } from "./answer.js";
import { copy } from "./copy.js";
import { openEditor } from "./editor.js";
import { eventsOf } from "./events.js";
import { examples } from "./examples.js";
import { bodyOf, inputsFor, showLimits, wireInputs } from "./inputs.js";
import { linkedProgram, linkTo } from "./share.js";

const byId = (id) => document.getElementById(id);
const KEPT = "python-executor";
const DRAFT = "python-executor-draft"; // what was written before an example or a link was chosen
const HEALTH_EVERY = 15_000; // ms
const defaultTimeout = { script: "30", code: "5" }; // until the description of the API has been read

let running = null; // the AbortController of the request under way

const dialect = () => document.querySelector("input[name=dialect]:checked").value;

function setDialect(name) {
  document.querySelector(`input[name=dialect][value=${name}]`).checked = true;
  byId("timeout").placeholder = defaultTimeout[name];
}

// The service's own limits, from its description.
async function readLimits() {
  const { schemas } = (await (await fetch("openapi.json")).json()).components;
  defaultTimeout.script = String(schemas.ScriptJob.properties.timeout.default);
  defaultTimeout.code = String(schemas.CodeJob.properties.timeout.default);
  byId("timeout").max = schemas.Timeout.maximum;
  byId("timeout").placeholder = defaultTimeout[dialect()];
}

// Those that a run may lower, once they are looked at: the service finds some by a run of its own.
async function readRunLimits() {
  if (!byId("inputs").open || byId("memory_mb").placeholder) return;
  const response = await fetch("runtime", { headers: headers() });
  if (response.ok) showLimits((await response.json()).limits);
}

// What a link holds and a reload brings back.
function program() {
  const made = { [dialect()]: editor.text };
  const timeout = byId("timeout").valueAsNumber;
  if (!Number.isNaN(timeout)) made.timeout = timeout;
  return made;
}

function job() {
  const made = { ...program(), ...inputsFor(dialect()) };
  if (/\b(matplotlib|seaborn)\b|\.plot\b/.test(editor.text)) made.images = true;
  if ("code" in made) made.last_value = true;
  return made;
}

function headers() {
  const key = byId("key").value;
  return {
    Accept: "text/event-stream, application/json",
    "Content-Type": "application/json",
    ...(key && { Authorization: `Bearer ${key}` }),
  };
}

// What is being written outlives a reload, where the browser allows it.
function keep(name = KEPT) {
  try {
    localStorage.setItem(name, JSON.stringify(program()));
  } catch {}
}

function kept(name = KEPT) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

// What was written by hand stays within reach when something else is put into the editor.
function keepDraft() {
  if (!editor.text.trim() || examples.some(({ source }) => source === editor.text)) return;
  keep(DRAFT);
  byId("draft").hidden = false;
}

function showCurl() {
  if (!byId("request").open) return;
  const address = new URL("execute", document.baseURI).href;
  let quoted;
  try {
    quoted = bodyOf(job()).replaceAll("'", "'\\''");
  } catch (error) {
    byId("curl").textContent = error.message;
    return;
  }
  byId("curl").textContent =
    `curl ${address} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
}

// The list names the example that the editor holds, or the draft.
function showWhatIsEdited() {
  const index = examples.findIndex(({ source }) => source === editor.text);
  if (index < 0) byId("draft").hidden = false;
  byId("example").value = index < 0 ? "draft" : index;
}

function changed() {
  // A link names a program, not what became of it.
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  showWhatIsEdited();
  keep();
  showCurl();
}

function setRunning(controller) {
  running = controller;
  byId("run").disabled = running !== null;
  byId("stop").disabled = running === null;
}

// A run's output is shown as it comes; its answer is the last event. What did not run has no events.
async function readAnswer(response) {
  if (!(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
    const timing = parseTiming(response.headers.get("Server-Timing"));
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text), text, timing };
  }
  const answer = {};
  for await (const { name, data, text } of eventsOf(response)) {
    if (name === "result") Object.assign(answer, { body: data, text });
    else if (name === "status" || name === "timing") answer[name] = data;
    else showOutput(name, data);
  }
  if (!answer.body) throw new Error("the answer has no end");
  return answer;
}

async function ask(signal) {
  const begin = performance.now();
  const response = await fetch("execute", {
    method: "POST",
    headers: headers(),
    body: bodyOf(job()),
    signal,
  });
  const answer = await readAnswer(response);
  const total = performance.now() - begin;
  return { ...answer, id: response.headers.get("X-Request-Id"), total };
}

async function run() {
  if (running) return;
  const controller = new AbortController();
  setRunning(controller);
  editor.mark(0);
  showBusy();
  try {
    const answer = await ask(controller.signal);
    if (answer.status === 401) wantKey(answer.body);
    else readRunLimits().catch(() => {});
    editor.mark(errorLine(answer.body));
    showAnswer(answer, (line) => editor.goTo(line), offersFor(answer));
  } catch (error) {
    if (controller.signal.aborted) {
      showTrouble("Stopped", "You stopped it; the service has ended the script.");
    } else if (error instanceof TypeError) {
      showTrouble("No answer", `The service could not be reached: ${error.message}`);
    } else {
      showTrouble("No answer", error.message);
    }
  } finally {
    setRunning(null);
  }
}

function wantKey(body) {
  body.hint = "This service wants an API key: enter it above the editor, where it says API key, and press Enter.";
  byId("key-field").hidden = false;
  byId("key").focus();
}

// What is one click away after an error.
function offersFor({ status, body }) {
  if (status !== 400 || body.error_type !== "missing_main") return [];
  const taken = () => {
    setDialect("code");
    changed();
    run();
  };
  return [{ text: "Run it as a program", taken }];
}

// Puts a program into the editor. Undo, and "Your draft", bring back what was there.
function choose(example) {
  keepDraft();
  setDialect(example.dialect);
  byId("timeout").value = example.timeout ?? "";
  editor.replace(example.source);
  changed();
}

function chooseDraft() {
  const { script, code, timeout } = kept(DRAFT) ?? {};
  if (script === undefined && code === undefined) return;
  setDialect(script === undefined ? "code" : "script");
  byId("timeout").value = timeout ?? "";
  editor.replace(script ?? code);
  changed();
}

async function askHealth() {
  let word = "unreachable";
  try {
    const response = await fetch("health", { cache: "no-store" });
    const body = await response.json();
    word = response.ok ? body.status : (body.reason ?? body.error);
  } catch {}
  byId("health").className = word === "healthy" ? "healthy" : "unhealthy";
  byId("health-text").textContent = word;
}

function wire() {
  byId("example").append(...examples.map(({ name }, index) => new Option(name, index)));
  byId("example").addEventListener("change", () => {
    const chosen = byId("example").value;
    if (chosen === "draft") chooseDraft();
    else choose(examples[chosen]);
  });
  byId("dialect").addEventListener("change", () => {
    setDialect(dialect());
    changed();
  });
  byId("timeout").addEventListener("input", changed);
  byId("run").addEventListener("click", run);
  byId("stop").addEventListener("click", () => running?.abort());
  byId("request").addEventListener("toggle", showCurl);
  byId("copy").addEventListener("click", () => copy(byId("copy"), byId("curl").textContent));
  byId("share").addEventListener("click", async () => {
    const link = await linkTo(program());
    history.replaceState(null, "", link);
    await copy(byId("share"), link);
  });
  byId("key").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) run();
  });
  byId("inputs").addEventListener("toggle", () => readRunLimits().catch(() => {}));
  wireInputs(changed);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
}

function restore(draft) {
  if (draft?.script === undefined && draft?.code === undefined) {
    const [{ source, ...example }] = examples;
    draft = { [example.dialect]: source, ...example };
  }
  setDialect(draft.script === undefined ? "code" : "script");
  byId("timeout").value = draft.timeout ?? "";
  editor.text = draft.script ?? draft.code;
  showWhatIsEdited();
}

askHealth();
setInterval(() => document.hidden || askHealth(), HEALTH_EVERY);
const editor = await openEditor(changed);
wire();
byId("draft").hidden = kept(DRAFT) === null;
restore(kept());
const linked = await linkedProgram();
if (linked) {
  keepDraft();
  restore(linked);
}
byId("editor").removeAttribute("aria-busy");
byId("run").disabled = false;
readLimits().catch(() => {});
