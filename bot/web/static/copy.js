// "Chép mã": shown only where the browser can copy.

const button = document.getElementById("copy");
if (navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("code").textContent);
    button.querySelector("span").textContent = "Đã chép";
  });
}
