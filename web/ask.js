// Sends a run to the service and reads its answer. Each error's message is a sentence for the user.
import { eventsOf } from "./events.js";

// {queue, start, run} of a Server-Timing header, {} without one.
function parseTiming(header) {
  const spans = {};
  for (const [, name, value] of (header ?? "").matchAll(/(\w+);dur=([\d.]+)/g)) {
    spans[name] = Number(value);
  }
  return spans;
}

function headersWith(key) {
  try {
    return new Headers({
      Accept: "text/event-stream, application/json",
      "Content-Type": "application/json",
      ...(key && { Authorization: `Bearer ${key}` }),
    });
  } catch {
    throw new Error("The API key has characters that no key has");
  }
}

async function send(request) {
  try {
    return await fetch("execute", request);
  } catch (error) {
    throw new Error(`The service could not be reached: ${error.message}`);
  }
}

async function readWhole(response) {
  const text = await response.text();
  const timing = parseTiming(response.headers.get("Server-Timing"));
  try {
    return { status: response.status, body: JSON.parse(text), text, timing };
  } catch {
    throw new Error(`The server that answered is not python-executor: HTTP ${response.status}`);
  }
}

// Calls showOutput() as output comes; the answer is the last event.
async function readEvents(response, showOutput) {
  const answer = {};
  const events = eventsOf(response);
  for (;;) {
    const { done, value } = await events.next().catch((error) => {
      throw new Error(`The answer broke off: ${error.message}`);
    });
    if (done) break;
    const { name, data, text } = value;
    if (name === "result") Object.assign(answer, { body: data, text });
    else if (name === "status" || name === "timing") answer[name] = data;
    else showOutput(name, data);
  }
  if (!answer.body) throw new Error("The answer broke off: it has no end");
  return answer;
}

// The answer as showAnswer() takes it. What did not run has no events.
export async function ask({ body, key, signal }, showOutput) {
  const begin = performance.now();
  const response = await send({ method: "POST", headers: headersWith(key), body, signal });
  const isStream = (response.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
  const answer = await (isStream ? readEvents(response, showOutput) : readWhole(response));
  const total = performance.now() - begin;
  return { ...answer, id: response.headers.get("X-Request-Id"), total };
}

// Of GET /runtime; nothing where that is refused.
export async function askRuntime(key) {
  const response = await fetch("runtime", { headers: headersWith(key) });
  return response.ok ? response.json() : null;
}
