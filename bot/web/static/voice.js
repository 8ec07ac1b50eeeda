// Reads aloud with the phone's own voice for the language of the talk, where it has one.

const VOICES_WAIT_MS = 1000; // Chrome loads its list late, and says so only once

async function voiceFor(language) {
  const synth = window.speechSynthesis;
  if (!synth) return null;
  const found = () => synth.getVoices().find((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === language);
  if (synth.getVoices().length === 0) {
    await new Promise((resolve) => {
      synth.addEventListener("voiceschanged", resolve, { once: true });
      setTimeout(resolve, VOICES_WAIT_MS);
    });
  }
  return found() || null;
}

/** Say `text`, which is in `language`; false where this phone cannot. */
export async function read(text, language) {
  const voice = await voiceFor(language.split("-")[0]);
  if (!voice) return false;
  const speech = new SpeechSynthesisUtterance(text);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = 0.9;
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(speech);
  return true;
}
