// The guides stay readable with no network: the service worker keeps them, and looks for new ones when the network is back.

if ("serviceWorker" in navigator) {
  try {
    const worker = await navigator.serviceWorker.register("/sw.js");
    addEventListener("online", () => worker.update());
  } catch {
    // A browser that refuses shows the pages all the same.
  }
}
