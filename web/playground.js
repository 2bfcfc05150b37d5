// The playground: takes a script from the editor to the service and its answer to the answer pane.
// All addresses are relative, so that it works under any prefix.
import { errorLine, showAnswer, showBusy, showOutput, showTrouble } from "./answer.js";
import { ask, askRuntime } from "./ask.js";
import { copy } from "./copy.js";
import { isSame, keepDraft, keptDrafts, nameOf } from "./drafts.js";
import { openEditor } from "./editor.js";
import { examples } from "./examples.js";
import { bodyOf, inputsFor, showLimits, wireInputs } from "./inputs.js";
import { linkedProgram, linkTo } from "./share.js";

const byId = (id) => document.getElementById(id);
const KEPT = "python-executor";
const HEALTH_EVERY = 15_000; // ms
const defaultTimeout = { script: "30", code: "5" }; // until the description of the API has been read

let running = null; // the AbortController of the request under way
let earlier = []; // the drafts that the list offers besides the first

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
  const runtime = await askRuntime(byId("key").value);
  if (runtime) showLimits(runtime.limits);
}

// What a link holds and a reload brings back.
function program() {
  const made = { [dialect()]: editor.text };
  const timeout = byId("timeout").valueAsNumber;
  if (!Number.isNaN(timeout)) made.timeout = timeout;
  return made;
}

const programOf = ({ dialect: name, source, timeout }) => ({ [name]: source, timeout });

function job() {
  const made = { ...program(), ...inputsFor(dialect()) };
  if (/\b(matplotlib|seaborn)\b|\.plot\b/.test(editor.text)) made.images = true;
  if ("code" in made) made.last_value = true;
  return made;
}

// What is being written outlives a reload, where the browser allows it.
function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(program()));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

const isExample = () => examples.some(({ source }) => source === editor.text);

// What was written by hand stays within reach when something else is put into the editor.
function keepWritten() {
  if (editor.text.trim() && !isExample()) keepDraft(program());
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

// The draft that the list offers first: what is being written, or what was left last.
const newestDraft = () => (isExample() ? keptDrafts()[0] : program());

function showEarlier(drafts) {
  if (drafts.length === earlier.length && drafts.every((draft, index) => draft === earlier[index])) return;
  earlier = drafts;
  byId("drafts").hidden = !drafts.length;
  byId("drafts").replaceChildren(...drafts.map((draft, index) => new Option(nameOf(draft), `draft ${index}`)));
}

// The list names the example that the editor holds, or the draft.
function showWhatIsEdited() {
  const newest = newestDraft();
  byId("draft").hidden = !newest;
  showEarlier(newest ? keptDrafts().filter((draft) => !isSame(draft, newest)) : []);
  const index = examples.findIndex(({ source }) => source === editor.text);
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

async function run() {
  if (running) return;
  const controller = new AbortController();
  setRunning(controller);
  editor.mark(0);
  showBusy();
  try {
    const request = { body: bodyOf(job()), key: byId("key").value, signal: controller.signal };
    show(await ask(request, showOutput));
  } catch (error) {
    if (controller.signal.aborted) {
      showTrouble("Stopped", "You stopped it; the service has ended the script.");
    } else {
      showTrouble("No answer", error.message);
    }
  } finally {
    setRunning(null);
  }
}

function show(answer) {
  try {
    if (answer.status === 401) wantKey(answer.body);
    else readRunLimits().catch(() => {});
    editor.mark(errorLine(answer.body));
    showAnswer(answer, (line) => editor.goTo(line), offersFor(answer));
  } catch (error) {
    showTrouble("Not shown", `The service has answered, and this page cannot show the answer: ${error.message}`);
  }
}

function wantKey(body) {
  body.hint = "This service requires an API key: enter it in the field \"API key\" above the editor and press Enter.";
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

// Puts a program into the editor. Undo, and the drafts in the list, bring back what was there.
function choose({ script, code, timeout }) {
  keepWritten();
  setDialect(script === undefined ? "code" : "script");
  byId("timeout").value = timeout ?? "";
  editor.replace(script ?? code);
  changed();
}

// `value` is that of an option of the list.
function chosen(value) {
  if (value === "draft") return newestDraft();
  return value.startsWith("draft ") ? earlier[value.slice("draft ".length)] : programOf(examples[value]);
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
  byId("drafts").before(...examples.map(({ name }, index) => new Option(name, index)));
  byId("example").addEventListener("change", () => choose(chosen(byId("example").value)));
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
    draft = programOf(examples[0]);
  }
  setDialect(draft.script === undefined ? "code" : "script");
  byId("timeout").value = draft.timeout ?? "";
  editor.text = draft.script ?? draft.code;
  showWhatIsEdited();
}

// Also when a link is put into the address of the page that is open: only its fragment is another then.
async function followLink() {
  const linked = await linkedProgram();
  if (!linked) return;
  keepWritten();
  restore(linked);
  showCurl();
}

askHealth();
setInterval(() => document.hidden || askHealth(), HEALTH_EVERY);
const editor = await openEditor(changed);
wire();
restore(kept());
await followLink();
addEventListener("hashchange", followLink);
byId("editor").removeAttribute("aria-busy");
byId("run").disabled = false;
readLimits().catch(() => {});
