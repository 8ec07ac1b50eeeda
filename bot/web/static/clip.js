// Copies what an element shows; whether that worked.

export async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    return true;
  } catch {
    // In-app browsers on old phones have no clipboard, but know this.
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
