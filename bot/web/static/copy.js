// "Chép mã": copies where the browser can; elsewhere the link does what it does without a script, it shows how to copy by hand.

const button = document.getElementById("copy");
const code = document.getElementById("code");

function copyOldWay() {
  // In-app browsers on old phones have no clipboard, but know this.
  getSelection().selectAllChildren(code);
  return document.execCommand("copy");
}

button.addEventListener("click", async (event) => {
  event.preventDefault();
  let copied = false;
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied = true;
  } catch {
    copied = copyOldWay();
  }
  const words = button.querySelector("span");
  if (copied) words.textContent = words.dataset.done;
  else location.hash = "code-box";
});
