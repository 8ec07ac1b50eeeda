// Reads aloud with the phone's own Vietnamese voice, where it has one.

const VOICES_WAIT_MS = 1000; // Chrome loads its list late, and says so only once

async function vietnameseVoice() {
  const synth = window.speechSynthesis;
  if (!synth) return null;
  const found = () => synth.getVoices().find((voice) => /^vi([-_]|$)/i.test(voice.lang));
  if (synth.getVoices().length === 0) {
    await new Promise((resolve) => {
      synth.addEventListener("voiceschanged", resolve, { once: true });
      setTimeout(resolve, VOICES_WAIT_MS);
    });
  }
  return found() || null;
}

/** Say `text`; false where this phone cannot. */
export async function read(text) {
  const voice = await vietnameseVoice();
  if (!voice) return false;
  const speech = new SpeechSynthesisUtterance(text);
  speech.voice = voice;
  speech.lang = "vi-VN";
  speech.rate = 0.9;
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(speech);
  return true;
}
