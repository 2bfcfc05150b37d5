// The playground: takes a script from the editor to the service and its answer to the answer pane.
// All addresses are relative, so that it works under any prefix.
import { errorLine, parseTiming, showAnswer, showBusy, showOutput, showTrouble } from "./answer.js";
import { Editor } from "./editor.js";
import { eventsOf } from "./events.js";
import { examples } from "./examples.js";

const byId = (id) => document.getElementById(id);
const KEPT = "python-executor";
const HEALTH_EVERY = 15_000; // ms
const DEFAULT_TIMEOUT = { script: "30", code: "5" };

let running = null; // the AbortController of the request under way

const dialect = () => document.querySelector("input[name=dialect]:checked").value;

function setDialect(name) {
  document.querySelector(`input[name=dialect][value=${name}]`).checked = true;
  byId("timeout").placeholder = DEFAULT_TIMEOUT[name];
}

function job() {
  const made = { [dialect()]: editor.text };
  const timeout = byId("timeout").valueAsNumber;
  if (!Number.isNaN(timeout)) made.timeout = timeout;
  if (/\bmatplotlib\b/.test(editor.text)) made.images = true;
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
function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...job(), example: byId("example").value }));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function showCurl() {
  if (!byId("request").open) return;
  const address = new URL("execute", document.baseURI).href;
  const quoted = JSON.stringify(job()).replaceAll("'", "'\\''");
  byId("curl").textContent =
    `curl ${address} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
}

function changed() {
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
    return { status: response.status, body: await response.json(), timing };
  }
  const answer = {};
  for await (const { name, data } of eventsOf(response)) {
    if (name === "result") answer.body = data;
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
    body: JSON.stringify(job()),
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
    if (answer.status === 401) {
      byId("key-field").hidden = false;
      byId("key").focus();
    }
    editor.mark(errorLine(answer.body));
    showAnswer(answer, (line) => editor.goTo(line));
  } catch (error) {
    if (controller.signal.aborted) {
      showTrouble("Stopped", "You stopped it; the service has ended the script.");
    } else {
      showTrouble("No answer", `The service could not be reached: ${error.message}`);
    }
  } finally {
    setRunning(null);
  }
}

function choose(example) {
  setDialect(example.dialect);
  byId("timeout").value = example.timeout ?? "";
  editor.text = example.source;
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
  byId("example").addEventListener("change", () => choose(examples[byId("example").value]));
  byId("dialect").addEventListener("change", () => {
    setDialect(dialect());
    changed();
  });
  byId("timeout").addEventListener("input", changed);
  byId("run").addEventListener("click", run);
  byId("stop").addEventListener("click", () => running?.abort());
  byId("request").addEventListener("toggle", showCurl);
  byId("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId("curl").textContent);
    byId("copy").textContent = "Copied";
    setTimeout(() => (byId("copy").textContent = "Copy"), 1500);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
}

function restore(draft) {
  if (draft?.script === undefined && draft?.code === undefined) {
    choose(examples[0]);
    return;
  }
  setDialect(draft.script === undefined ? "code" : "script");
  byId("timeout").value = draft.timeout ?? "";
  byId("example").value = draft.example ?? 0;
  editor.text = draft.script ?? draft.code;
}

const editor = new Editor(changed);
wire();
restore(kept());
askHealth();
setInterval(() => document.hidden || askHealth(), HEALTH_EVERY);
