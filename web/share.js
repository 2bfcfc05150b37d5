// A link that holds a program: in the fragment, which no browser sends to a server.

const PREFIX = "#program=";

async function through(stream, bytes) {
  const made = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(made).arrayBuffer());
}

// base64url (RFC 4648, section 5) of the compressed JSON text.
export async function linkTo(program) {
  const bytes = await through(new CompressionStream("deflate-raw"), JSON.stringify(program));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const encoded = btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const address = new URL(document.baseURI);
  address.hash = PREFIX + encoded;
  return address.href;
}

// The program of this page's link, null where it has none or it is damaged.
export async function linkedProgram() {
  if (!location.hash.startsWith(PREFIX)) return null;
  try {
    const text = atob(location.hash.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const program = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes)));
    const known = ["script", "code"].filter((name) => typeof program[name] === "string");
    return known.length === 1 ? program : null;
  } catch {
    return null;
  }
}
