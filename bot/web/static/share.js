// "Gửi đường dẫn": the phone's own way to share where it has one; else the link is copied. Shown only where a script can do that.

import { copied } from "./clip.js";

for (const button of document.querySelectorAll("button[data-share]")) {
  const words = button.querySelector("span");
  const link = document.getElementById(button.dataset.share);
  if (!navigator.share) words.textContent = words.dataset.copy;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (navigator.share) await navigator.share({ title: button.dataset.title, url: link.textContent.trim() }).catch(() => {}); // closed again
    else if (await copied(link)) words.textContent = words.dataset.done;
  });
}
