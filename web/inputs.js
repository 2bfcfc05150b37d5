// The panel for what a run gets besides its program: standard input, arguments, files, limits.

const byId = (id) => document.getElementById(id);
const LIMITS = ["memory_mb", "cpu_seconds", "output_kb"]; // as `limits` names them, and the page's fields
const files = new Map(); // path -> string, or {base64} where the bytes are not UTF-8 text
let unread = []; // names of what was added and cannot be read: directories, for example

function contentOf(bytes) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {}
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { base64: btoa(text) };
}

function showFiles(changed) {
  byId("file-list").replaceChildren(
    ...[...files.keys()].map((path) => {
      const entry = document.createElement("li");
      const name = document.createElement("code");
      const remove = document.createElement("button");
      name.textContent = path;
      remove.type = "button";
      remove.className = "small";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", `Remove ${path}`);
      remove.addEventListener("click", () => {
        files.delete(path);
        showFiles(changed);
        changed();
      });
      entry.append(name, " ", remove);
      return entry;
    }),
    ...unread.map((name) => {
      const entry = document.createElement("li");
      entry.textContent = `${name} cannot be read: only files can be added`;
      return entry;
    }),
  );
}

async function add(list, changed) {
  unread = [];
  for (const file of [...list]) {
    try {
      files.set(file.name, contentOf(new Uint8Array(await file.arrayBuffer())));
    } catch {
      unread.push(file.name);
    }
  }
  showFiles(changed);
  changed();
}

// Calls `changed` whenever something in the panel has changed.
export function wireInputs(changed) {
  const drop = byId("inputs");
  for (const id of ["stdin", "arguments", "outputs", ...LIMITS]) byId(id).addEventListener("input", changed);
  byId("files").addEventListener("change", async () => {
    await add(byId("files").files, changed);
    byId("files").value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      drop.open = true;
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    add(event.dataTransfer.files, changed);
  });
}

// What the service allows a run, in the names of `limits`: no field takes more.
export function showLimits(limits) {
  for (const name of LIMITS) {
    byId(name).placeholder = limits[name];
    byId(name).max = limits[name];
  }
}

// The fields of the request that the panel fills. `arguments` is text: see bodyOf.
export function inputsFor(dialect) {
  const made = {};
  if (byId("stdin").value) made.stdin = byId("stdin").value;
  if (dialect === "script" && byId("arguments").value.trim()) made.arguments = byId("arguments").value;
  if (files.size) made.files = Object.fromEntries(files);
  if (byId("outputs").checked) made.outputs = true;
  const limits = LIMITS.map((name) => [name, byId(name).valueAsNumber]).filter(([, value]) => !Number.isNaN(value));
  if (limits.length) made.limits = Object.fromEntries(limits);
  return made;
}

// The body of a request. The text of `arguments` goes into it as it stands, so that its numbers keep their
// digits; throws where it is not JSON.
export function bodyOf({ arguments: text, ...job }) {
  const body = JSON.stringify(job);
  if (text === undefined) return body;
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error(`'arguments' is not JSON: ${error.message}`);
  }
  return `${body.slice(0, -1)},"arguments":${text}}`;
}
