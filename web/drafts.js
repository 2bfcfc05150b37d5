// The programs that were written by hand and left for something else, as the browser keeps them. None is
// overwritten: where there is no more room, the oldest goes.

const KEY = "python-executor-draft";
const MAX_NAME = 40;

const sourceOf = ({ script, code }) => script ?? code;
let known = null; // what was read last, as it is asked for with each key that is pressed

export function isSame(one, other) {
  return one.script === other.script && one.code === other.code && one.timeout === other.timeout;
}

function read() {
  try {
    // One alone is what an earlier version of this page has kept.
    const all = [JSON.parse(localStorage.getItem(KEY)) ?? []].flat();
    return all.filter((draft) => typeof sourceOf(draft) === "string");
  } catch {
    return [];
  }
}

// The newest first: the same array until one is kept, here or in another tab.
export function keptDrafts() {
  known ??= read();
  return known;
}

addEventListener("storage", () => (known = null));

// Adds a program, or makes it the newest.
export function keepDraft(program) {
  let all = [{ ...program, at: Date.now() }, ...read().filter((draft) => !isSame(draft, program))];
  for (; all.length; all = all.slice(0, -1)) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
      break;
    } catch {}
  }
  known = null;
}

// When it was left, and how it begins.
export function nameOf(draft) {
  const time = draft.at ? new Date(draft.at).toLocaleString([], { dateStyle: "short", timeStyle: "short" }) : "";
  return `${time} · ${sourceOf(draft).trim().split("\n")[0].slice(0, MAX_NAME)}`;
}
