// The guides stay readable with no network: the service worker keeps them.

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch(() => {}); // a browser that refuses shows the page all the same
}
