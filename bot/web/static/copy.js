// "Chép mã": copies where the browser can; elsewhere the link does what it does without a script, it shows how to copy by hand.

import { copied } from "./clip.js";

const button = document.getElementById("copy");
const code = document.getElementById("code");

button.addEventListener("click", async (event) => {
  event.preventDefault();
  const words = button.querySelector("span");
  if (await copied(code)) words.textContent = words.dataset.done;
  else location.hash = "code-box";
});
