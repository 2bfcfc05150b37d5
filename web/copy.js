// Copies a text, and says on the button that was pressed what became of it.

// Where the page comes from another machine without TLS, browsers have no navigator.clipboard.
function copyAsCommand(text) {
  const fill = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", fill, { once: true });
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", fill);
  if (!copied) throw new Error("not allowed");
}

export async function copy(button, text) {
  button.dataset.text ??= button.textContent; // once, as it may say "Copied" still
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyAsCommand(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed to copy";
  }
  setTimeout(() => (button.textContent = button.dataset.text), 1500);
}
