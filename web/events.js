// Server-sent events of an answer to a POST, which EventSource cannot make.

// Yields {name, data, text} for each event of a response: data parsed from JSON, and as it was sent.
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += value;
    const events = pending.split("\n\n");
    pending = events.pop();
    for (const event of events) {
      const [, name, text] = event.match(/^event: (.*)\ndata: (.*)$/);
      yield { name, data: JSON.parse(text), text };
    }
  }
}
